#pragma once

#include <cstdint>

namespace leyden::memory {

/// What a decoder says of a code word.
enum class SecdedVerdict : std::uint8_t {
  kClean,      ///< no error, or one that makes another code word (four flipped bits or more)
  kCorrected,  ///< one bit put right; three flipped bits or more can look like one
  kDetected,   ///< an error that cannot be corrected: always for two flipped bits
};

struct SecdedWord {
  SecdedVerdict verdict = SecdedVerdict::kClean;
  std::uint32_t data = 0;  ///< corrected; of a detected error as it was read
};

inline constexpr unsigned kSecdedDataBits = 32;
inline constexpr unsigned kSecdedBits = 39;

/// Code word of a data word: data in bits 31:0, check bits in 38:32. A (39,32) code with the
/// distance 4 whose parity-check matrix has columns of odd weight alone (M. Y. Hsiao, "A Class of
/// Optimal Minimum Odd-weight-column SEC-DED Codes", IBM J. Res. Dev. 14(4), 1970): data bit i has
/// the i-th smallest 7-bit number of weight 3, check bit j has 1 << j.
std::uint64_t secded_encode(std::uint32_t data);

/// An error of one bit gives a syndrome of odd weight, that column; of two bits one of even weight.
SecdedWord secded_decode(std::uint64_t word);

}  // namespace leyden::memory
