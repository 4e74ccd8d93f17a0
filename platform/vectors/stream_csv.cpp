// Streams as CSV: one event a line.
#include <array>

#include "platform/vectors/stream.h"
#include "platform/vectors/text_lines.h"

namespace leyden::vectors {
namespace {

constexpr const char* kHeader =
    "kind,direction,time_ps,delay_ps,delta,cycle,layer,job,address,name,bytes,data,response,"
    "latency_ps,stride,count,wait_cycles";
constexpr std::size_t kColumns = 17;
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;

std::string hex_number(std::uint64_t value, unsigned digits) {
  std::string text(digits, '0');
  for (unsigned i = digits; i-- > 0; value >>= 4) text[i] = "0123456789abcdef"[value & 15];
  return "0x" + text;
}

std::string name_of(const std::string& unit, const Event& event) {
  if (event.kind == EventKind::kRegister) return register_name(unit, event.address);
  if (event.kind != EventKind::kWeights) return "";
  return event.address < 0x80000 ? "WEIGHTS" : event.address < 0xc0000 ? "ABN_TABLE" : "TRIM_TABLE";
}

template <typename Value>
std::string text_of(const std::optional<Value>& value) {
  return value ? std::to_string(*value) : "";
}

std::string data_text(const Event& event) {
  if (event.kind == EventKind::kRegister && event.data.size() == 4) {
    return hex_number(event.word(), 8);
  }
  std::string text;
  for (const std::uint8_t byte : event.data) append_byte(text, byte);
  return text;
}

/// The fields of one line, read one after the other.
class Fields {
 public:
  Fields(const TextLines& lines, std::string_view line) : lines_(lines), parts_(split(line, ',')) {
    if (parts_.size() != kColumns) {
      lines.fail("it has " + std::to_string(parts_.size()) + " fields, but " +
                 std::to_string(kColumns) + " are right");
    }
  }

  std::string_view text() { return parts_[next_++]; }

  std::uint64_t number(const char* what, std::uint64_t most = UINT64_MAX) {
    const std::string_view word = text();
    std::uint64_t value = 0;
    const bool is_hex = word.substr(0, 2) == "0x";
    const bool good = is_hex ? parse_hex(word.substr(2), value) : parse_decimal(word, value);
    if (!good || value > most) {
      lines_.fail(std::string(what) + " is " + in_quotes(word) + ", but a number from 0 to " +
                  std::to_string(most) + " is right");
    }
    return value;
  }

  std::optional<std::uint64_t> number_or_none(const char* what, std::uint64_t most = UINT64_MAX) {
    if (parts_[next_].empty()) {
      ++next_;
      return std::nullopt;
    }
    return number(what, most);
  }

  /// A word of a list. @return its place in it
  template <std::size_t kCount>
  std::size_t word(const char* what, const std::array<const char*, kCount>& words) {
    const std::string_view found = text();
    std::string list;
    for (std::size_t i = 0; i < kCount; ++i) {
      if (found == words[i]) return i;
      list += (i == 0 ? "" : ", ") + std::string(words[i]);
    }
    lines_.fail(std::string(what) + " is " + in_quotes(found) + ", but one of " + list +
                " is right");
  }

  std::vector<std::uint8_t> bytes() {
    std::string_view word = text();
    std::vector<std::uint8_t> data;
    if (word.substr(0, 2) == "0x") {
      std::uint64_t value = 0;
      if (word.size() != 10 || !parse_hex(word.substr(2), value)) {
        lines_.fail("data is " + in_quotes(word) +
                    ", but a word of eight hexadecimal digits is right");
      }
      Event event;
      event.set_word(static_cast<std::uint32_t>(value));
      return event.data;
    }
    if (!parse_bytes(word, data)) {
      lines_.fail("data is " + in_quotes(word) + ", but two hexadecimal digits a byte are right");
    }
    return data;
  }

 private:
  const TextLines& lines_;
  std::vector<std::string_view> parts_;
  std::size_t next_ = 0;
};

constexpr std::array<EventKind, 7> kKinds = {
    EventKind::kRegister, EventKind::kWeights,   EventKind::kPowerOff, EventKind::kLmemRead,
    EventKind::kBus,      EventKind::kLmemWrite, EventKind::kInterrupt};

Event parse_line(const TextLines& lines, std::string_view line) {
  static constexpr std::array<const char*, 7> kKindNames = {
      "register", "weights", "power_off", "lmem_read", "bus", "lmem_write", "interrupt"};
  static constexpr std::array<const char*, 2> kDirections = {"read", "write"};
  static constexpr std::array<const char*, 3> kResponseNames = {"ok", "address_error", "error"};
  Fields fields(lines, line);
  Event event;
  event.kind = kKinds[fields.word("the kind", kKindNames)];
  event.write = fields.word("the direction", kDirections) == 1;
  constexpr std::uint64_t kMostTime = UINT64_MAX / 4;  // sums of some stay within 64 bits
  event.time_ps = fields.number("time_ps", kMostTime);
  event.delay_ps = fields.number("delay_ps", kMostTime);
  event.delta = fields.number("delta", 1'000'000);
  event.cycle = fields.number("cycle");
  if (const auto layer = fields.number_or_none("layer", UINT32_MAX)) {
    event.layer = static_cast<std::uint32_t>(*layer);
  }
  event.job = fields.number_or_none("job");
  event.address = fields.number("address", UINT32_MAX);
  fields.text();  // the name: for people
  const std::uint64_t bytes = fields.number("bytes", kMostBytes);
  event.data = fields.bytes();
  if (event.data.size() != bytes) {
    lines.fail("data has " + std::to_string(event.data.size()) + " bytes, but bytes says " +
               std::to_string(bytes));
  }
  event.response = static_cast<Response>(fields.word("the response", kResponseNames));
  event.latency_ps = fields.number("latency_ps", kMostTime);
  event.stride = static_cast<std::uint32_t>(fields.number("stride", UINT32_MAX));
  event.count = static_cast<std::uint32_t>(fields.number("count", UINT32_MAX));
  event.wait_cycles = fields.number("wait_cycles", UINT32_MAX);
  if (event.count == 0 || event.data.size() % event.count != 0) {
    lines.fail("count is " + std::to_string(event.count) + ", which does not divide " +
               std::to_string(event.data.size()) + " bytes of data into runs");
  }
  if (event.kind == EventKind::kInterrupt && (event.data.size() != 1 || event.data[0] > 1)) {
    lines.fail("data of an interrupt is its level, 00 or 01");
  }
  return event;
}

}  // namespace

std::string to_csv(const Stream& stream) {
  std::string text = std::string(kHeader) + "\n";
  for (const Event& event : stream.events) {
    text += to_string(event.kind);
    text += event.write ? ",write," : ",read,";
    text += std::to_string(event.time_ps) + ',' + std::to_string(event.delay_ps) + ',' +
            std::to_string(event.delta) + ',' + std::to_string(event.cycle) + ',' +
            text_of(event.layer) + ',' + text_of(event.job) + ',' + hex_number(event.address, 8) +
            ',' + name_of(stream.unit, event) + ',' + std::to_string(event.data.size()) + ',' +
            data_text(event) + ',' + to_string(event.response) + ',' +
            std::to_string(event.latency_ps) + ',' + std::to_string(event.stride) + ',' +
            std::to_string(event.count) + ',' + std::to_string(event.wait_cycles) + '\n';
  }
  return text;
}

Stream from_csv(const std::string& text, const std::string& unit, const std::string& path) {
  Stream stream;
  stream.unit = unit;
  TextLines lines(text, path);
  std::string_view line;
  if (!lines.next(line) || line != kHeader) {
    lines.fail("the first line does not name the columns of a stream of this version");
  }
  while (lines.next(line)) stream.events.push_back(parse_line(lines, line));
  return stream;
}

}  // namespace leyden::vectors
