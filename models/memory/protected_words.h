#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/base/archive.h"
#include "models/base/context.h"
#include "models/base/parameter.h"

namespace leyden::memory {

/// Parameters of a memory's error code, to be added to those of its scope.
std::vector<base::ParameterSpec> error_code_parameters();

/// Cost of a memory's error code: nothing where there is none.
struct ErrorCodeCost {
  bool on = false;
  unsigned cycles = 0;     ///< added to the latency of an access
  base::EventId code = 0;  ///< coding or decoding one beat; valid while `on`
};
/// @param scope "sram" or "lmem"
ErrorCodeCost error_code_cost(base::Context& context, const std::string& scope,
                              const std::string& module, base::Component component);

/// Words (4 bytes) of a memory with SECDED that hold flipped bits: what the array holds and what a
/// read of it gives. The memory's bytes themselves are what the decoder gives, so that whoever
/// reads them reads corrected data; the array keeps its flipped bits until the word is written.
class ProtectedWords {
 public:
  static constexpr std::uint64_t kWordBytes = 4;
  /// Told of each word a decoder corrected or could not correct. Byte offset of the word.
  using Report = std::function<void(bool corrected, std::uint64_t offset)>;

  void set_report(Report report) { report_ = std::move(report); }
  /// Flips a data bit of the array. @param word the memory's bytes of the word around `offset`
  void flip(std::uint8_t* word, std::uint64_t offset, unsigned bit);
  /// A read. @return false when a word of it cannot be corrected
  bool read(std::uint64_t offset, std::uint64_t length) const;
  /// A write. A part of a word is a read of the word, then a write of all of it.
  void written(std::uint64_t offset, std::uint64_t length);
  bool holds(std::uint64_t offset, std::uint64_t length) const;  ///< whether it has flipped bits
  /// Byte offsets of words with flipped bits, ascending.
  std::vector<std::uint64_t> offsets() const;
  void clear() { words_.clear(); }
  void archive(base::Archive& a);

 private:
  struct Word {
    std::uint32_t data = 0;   ///< as it was written
    std::uint64_t flips = 0;  ///< of the code word
  };
  using Words = std::map<std::uint64_t, Word>;
  Words::const_iterator first(std::uint64_t offset) const;
  bool decode(const Words::value_type& word) const;  ///< reports; false: cannot be corrected

  Words words_;  ///< by byte offset
  Report report_;
};

/// Words that a write of [offset, offset + length) covers in part: each is read first.
unsigned partial_words(std::uint64_t offset, std::uint64_t length);

}  // namespace leyden::memory
