#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leyden::debug {

/// The longest packet taken, told to the debugger as PacketSize: payload without frame, in bytes.
inline constexpr std::size_t kMostPacketBytes = 0x4000;

/// What a debugger sent.
struct Incoming {
  enum class Kind {
    kPacket,       ///< with payload
    kBadChecksum,  ///< or an escape without its byte: to be sent again
    kTooLong,      ///< beyond kMostPacketBytes
    kAck,
    kNack,
    kInterrupt,  ///< Ctrl-C
  };
  Kind kind = Kind::kPacket;
  std::string payload;  ///< escapes undone
};

/// Cuts the bytes of a connection into packets (GDB manual, "Remote Serial Protocol", overview).
/// Takes any bytes: what belongs to no packet is skipped, a packet cut off by the start of another
/// is forgotten.
class PacketReader {
 public:
  void feed(const char* data, std::size_t size);
  std::optional<Incoming> next();
  /// Things that next() has to tell, at most one a byte fed.
  std::size_t waiting() const { return queue_.size(); }

 private:
  enum class State { kBetween, kPayload, kFirstDigit, kSecondDigit };
  void take(char c);
  void end_packet();

  State state_ = State::kBetween;
  std::string raw_;
  bool too_long_ = false;
  unsigned sum_ = 0;
  int first_digit_ = 0;
  int second_digit_ = 0;
  std::deque<Incoming> queue_;
};

/// A packet as it goes over the line: $payload#checksum. Bytes with a meaning of their own must
/// have been escaped.
std::string frame(std::string_view payload);
/// Binary data with what must be escaped so.
std::string escape(std::string_view data);

std::string to_hex(const void* data, std::size_t size);
inline std::string to_hex(std::string_view text) { return to_hex(text.data(), text.size()); }
/// @return nothing unless every byte has its two digits
std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text);
/// Value of a hexadecimal digit, -1 for any other character.
int digit(char c);
/// Reads a hexadecimal number of up to 32 bits off the front of the text, with its digits.
/// @return nothing when there is none or it is larger
std::optional<std::uint32_t> take_number(std::string_view& text);
/// Removes a prefix. @return whether it was there
bool take_prefix(std::string_view& text, std::string_view prefix);

}  // namespace leyden::debug
