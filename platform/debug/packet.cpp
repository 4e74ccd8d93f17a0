#include "platform/debug/packet.h"

namespace leyden::debug {
namespace {

constexpr char kInterrupt = 0x03;
constexpr char kEscape = '}';
constexpr char kEscapeBit = 0x20;
constexpr char kDigits[] = "0123456789abcdef";

/// @return nothing when an escape has no byte after it
std::optional<std::string> unescape(const std::string& raw) {
  std::string text;
  text.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != kEscape) {
      text += raw[i];
      continue;
    }
    if (++i == raw.size()) return std::nullopt;
    text += static_cast<char>(raw[i] ^ kEscapeBit);
  }
  return text;
}

unsigned byte_of(char c) { return static_cast<unsigned char>(c); }

}  // namespace

void PacketReader::feed(const char* data, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) take(data[i]);
}

void PacketReader::take(char c) {
  switch (state_) {
    case State::kBetween:
      if (c == '+') queue_.push_back({Incoming::Kind::kAck, {}});
      if (c == '-') queue_.push_back({Incoming::Kind::kNack, {}});
      if (c == kInterrupt) queue_.push_back({Incoming::Kind::kInterrupt, {}});
      if (c != '$') return;
      break;
    case State::kPayload:
      if (c == '$') break;  // the packet before was cut off
      if (c == '#') {
        state_ = State::kFirstDigit;
        return;
      }
      sum_ += byte_of(c);
      // Escapes make the raw packet longer than what it carries.
      too_long_ = too_long_ || raw_.size() >= 2 * kMostPacketBytes;
      if (!too_long_) raw_ += c;
      return;
    case State::kFirstDigit:
      first_digit_ = digit(c);
      state_ = State::kSecondDigit;
      return;
    case State::kSecondDigit:
      second_digit_ = digit(c);
      state_ = State::kBetween;
      end_packet();
      return;
  }
  state_ = State::kPayload;
  raw_.clear();
  too_long_ = false;
  sum_ = 0;
}

void PacketReader::end_packet() {
  const bool right = first_digit_ >= 0 && second_digit_ >= 0 &&
                     static_cast<unsigned>(first_digit_ * 16 + second_digit_) == sum_ % 256;
  std::optional<std::string> payload;
  if (right && !too_long_) payload = unescape(raw_);
  if (right && (too_long_ || (payload && payload->size() > kMostPacketBytes))) {
    queue_.push_back({Incoming::Kind::kTooLong, {}});
  } else if (!payload) {
    queue_.push_back({Incoming::Kind::kBadChecksum, {}});
  } else {
    queue_.push_back({Incoming::Kind::kPacket, std::move(*payload)});
  }
  raw_.clear();
}

std::optional<Incoming> PacketReader::next() {
  if (queue_.empty()) return std::nullopt;
  Incoming first = std::move(queue_.front());
  queue_.pop_front();
  return first;
}

std::string frame(std::string_view payload) {
  unsigned sum = 0;
  for (const char c : payload) sum += byte_of(c);
  std::string text;
  text.reserve(payload.size() + 4);
  text += '$';
  text += payload;
  text += '#';
  text += kDigits[sum / 16 % 16];
  text += kDigits[sum % 16];
  return text;
}

std::string escape(std::string_view data) {
  std::string text;
  text.reserve(data.size());
  for (const char c : data) {
    // '*' would begin a run length in a reply.
    if (c == '#' || c == '$' || c == kEscape || c == '*') {
      text += kEscape;
      text += static_cast<char>(c ^ kEscapeBit);
    } else {
      text += c;
    }
  }
  return text;
}

std::string to_hex(const void* data, std::size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  std::string text;
  text.reserve(2 * size);
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::vector<std::uint8_t> bytes(text.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return bytes;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  std::size_t used = 0;
  while (used < text.size() && digit(text[used]) >= 0) {
    value = value * 16 + static_cast<unsigned>(digit(text[used]));
    if (value > 0xffffffffu) return std::nullopt;
    ++used;
  }
  if (used == 0) return std::nullopt;
  text.remove_prefix(used);
  return static_cast<std::uint32_t>(value);
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace leyden::debug
