#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace leyden::base {

/// The state of models as bytes, written or read by one and the same function, so that there is one
/// description of it:
///
///     void Timer::archive(base::Archive& a) { a(compare_, running_); }
///
/// Sealed bytes are little-endian: magic, version of the program (text), sections, CRC-32 of all
/// before. A section is a name, a length of 8 bytes and that many bytes; sections may lie in
/// sections. Texts and sequences have their length, 8 bytes, before them; truth values are bytes 0
/// or 1. Nothing that is read is trusted: whatever does not fit ends in a UsageError.
class Archive {
 public:
  /// An empty archive, to be written.
  Archive() = default;
  /// Opens sealed bytes, to be read.
  /// @param name    what messages call it, a file's name
  /// @param version of this program: another one's archive is refused
  /// @throws UsageError when the bytes are no archive, damaged, or another version's
  Archive(std::string name, std::vector<std::uint8_t> sealed, const std::string& version);

  /// Whether fields get values (true) or give them.
  bool restoring() const { return restoring_; }
  /// The whole archive, with what opening checks. Ends the writing.
  std::vector<std::uint8_t> seal(const std::string& version);
  /// What was written so far, unsealed, to be put into another archive with raw().
  const std::vector<std::uint8_t>& contents() const { return bytes_; }
  /// @throws UsageError when something is left unread
  void finish() const;

  /// Fields, in this order: numbers, enumerations, truth values, texts, sequences, maps, optional
  /// values, and whatever has a member archive(Archive&) or a function archive_value(Archive&, T&).
  template <typename... Fields>
  void operator()(Fields&... fields) {
    (field(fields), ...);
  }
  /// A sequence whose length the configuration gives: another one is refused.
  template <typename Sequence>
  void fixed(Sequence& sequence) {
    std::uint64_t length = sequence.size();
    field(length);
    if (length != sequence.size()) refuse("a table has another length than this chip's");
    elements(sequence);
  }
  /// `length` bytes as they are.
  void raw(std::uint8_t* bytes, std::uint64_t length);
  /// What must be equal in both programs. @param what  "the size of sram"
  template <typename Value>
  void same(const Value& value, const std::string& what) {
    Value stored = value;
    field(stored);
    if (!(stored == value)) refuse(what + " is another one here");
  }
  /// A number below `limit`: an index, or an enumeration that indexes something.
  template <typename Number>
  void below(Number& number, std::uint64_t limit) {
    field(number);
    if (static_cast<std::uint64_t>(number) >= limit) refuse("a number is out of its range");
  }
  /// A named part; `body()` handles what is in it, all of it.
  template <typename Body>
  void section(const std::string& name, Body body) {
    const Frame outer = begin_section(name);
    body();
    end_section(outer);
  }

  /// Ends the restoring. @param why  "a table has another length than this chip's"
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  struct Frame {
    std::string section;
    std::uint64_t end = 0;     ///< when restoring: behind the section
    std::uint64_t length = 0;  ///< when writing: place of the length
  };
  template <typename T, typename = void>
  struct HasMember : std::false_type {};
  template <typename T>
  struct HasMember<T, std::void_t<decltype(std::declval<T&>().archive(std::declval<Archive&>()))>>
      : std::true_type {};

  template <typename T>
  void field(T& value) {
    if constexpr (HasMember<T>::value) {
      value.archive(*this);
    } else if constexpr (std::is_same_v<T, bool>) {
      truth(value);
    } else if constexpr (std::is_enum_v<T>) {
      auto number = static_cast<std::underlying_type_t<T>>(value);
      field(number);
      value = static_cast<T>(number);
    } else if constexpr (std::is_integral_v<T>) {
      static_assert(sizeof(T) <= 8);
      value = static_cast<T>(number(static_cast<std::uint64_t>(value), sizeof(T)));
    } else if constexpr (std::is_same_v<T, double>) {
      std::uint64_t bits = 0;
      std::memcpy(&bits, &value, sizeof bits);
      bits = number(bits, sizeof bits);
      std::memcpy(&value, &bits, sizeof bits);
    } else {
      archive_value(*this, value);
    }
  }
  template <typename T, std::size_t N>
  void field(std::array<T, N>& values) {
    elements(values);
  }
  template <typename T>
  void field(std::vector<T>& values) {
    values.resize(length(values.size()));
    elements(values);
  }
  template <typename T>
  void field(std::deque<T>& values) {
    values.resize(length(values.size()));
    elements(values);
  }
  void field(std::string& text);
  template <typename T>
  void field(std::optional<T>& value) {
    bool present = value.has_value();
    field(present);
    if (!present) {
      value.reset();
      return;
    }
    if (!value) value.emplace();
    field(*value);
  }
  template <typename Key, typename T>
  void field(std::map<Key, T>& map) {
    std::uint64_t count = length(map.size());
    if (!restoring_) {
      for (auto& [key, value] : map) {
        Key copy = key;
        field(copy);
        field(value);
      }
      return;
    }
    map.clear();
    for (; count > 0; --count) {
      std::pair<Key, T> entry;
      field(entry.first);
      field(entry.second);
      if (!map.insert(std::move(entry)).second) refuse("a table has an entry twice");
    }
  }
  void elements(std::vector<bool>& flags);
  template <typename Sequence>
  void elements(Sequence& sequence) {
    if constexpr (std::is_same_v<Sequence, std::vector<std::uint8_t>>) {
      raw(sequence.data(), sequence.size());
    } else {
      for (auto& element : sequence) field(element);
    }
  }

  /// A number of `bytes` bytes. @return what was read, or the same
  std::uint64_t number(std::uint64_t value, unsigned bytes);
  void truth(bool& value);
  /// Elements of a sequence; each takes a byte at least, so what is left bounds it.
  std::uint64_t length(std::uint64_t present);
  /// The next `count` bytes, when restoring. @throws UsageError when the section has fewer
  const std::uint8_t* take(std::uint64_t count);
  Frame begin_section(const std::string& name);
  void end_section(const Frame& outer);

  bool restoring_ = false;
  std::string name_;
  std::vector<std::uint8_t> bytes_;
  std::uint64_t at_ = 0;  ///< next byte to be read
  Frame frame_;           ///< the section under way
};

}  // namespace leyden::base
