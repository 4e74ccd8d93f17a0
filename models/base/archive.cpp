#include "models/base/archive.h"

#include <zlib.h>

#include <algorithm>

#include "models/base/error.h"

namespace leyden::base {
namespace {

constexpr std::array<std::uint8_t, 8> kMagic = {'L', 'E', 'Y', 'D', 'S', 'N', 'A', 'P'};
constexpr std::uint64_t kChecksumBytes = 4;
constexpr std::uint64_t kLengthBytes = 8;

std::uint32_t checksum(const std::uint8_t* bytes, std::uint64_t count) {
  constexpr std::uint64_t kMost = 1 << 30;  // zlib counts in 32 bits
  uLong sum = crc32(0, nullptr, 0);
  while (count > 0) {
    const std::uint64_t part = std::min(count, kMost);
    sum = crc32(sum, bytes, static_cast<uInt>(part));
    bytes += part;
    count -= part;
  }
  return static_cast<std::uint32_t>(sum);
}

std::uint64_t read_number(const std::uint8_t* bytes, unsigned count) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < count; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

}  // namespace

Archive::Archive(std::string name, std::vector<std::uint8_t> sealed, const std::string& version)
    : restoring_(true), name_(std::move(name)), bytes_(std::move(sealed)) {
  if (bytes_.size() < kMagic.size() || !std::equal(kMagic.begin(), kMagic.end(), bytes_.begin())) {
    throw UsageError(name_ + " is no snapshot of Leyden.");
  }
  if (bytes_.size() < kMagic.size() + kLengthBytes + kChecksumBytes) {
    throw UsageError("The snapshot " + name_ + " is cut off; take it again.");
  }
  const std::uint64_t end = bytes_.size() - kChecksumBytes;
  if (checksum(bytes_.data(), end) != read_number(bytes_.data() + end, kChecksumBytes)) {
    throw UsageError("The snapshot " + name_ +
                     " is damaged or cut off: its checksum is wrong; take it again.");
  }
  bytes_.resize(end);
  at_ = kMagic.size();
  frame_ = {"", end, 0};
  std::string written_by;
  field(written_by);
  if (written_by == version) return;
  throw UsageError("The snapshot " + name_ + " was written by Leyden " + written_by +
                   ", but this is Leyden " + version +
                   "; restore it with the version that took it, or take it again.");
}

std::vector<std::uint8_t> Archive::seal(const std::string& version) {
  Archive sealed;
  sealed.bytes_.assign(kMagic.begin(), kMagic.end());
  std::string text = version;
  sealed(text);
  sealed.raw(bytes_.data(), bytes_.size());
  sealed.number(checksum(sealed.bytes_.data(), sealed.bytes_.size()), kChecksumBytes);
  return std::move(sealed.bytes_);
}

void Archive::finish() const {
  if (restoring_ && at_ != bytes_.size()) refuse("it has more than this program knows of");
}

void Archive::refuse(const std::string& why) const {
  throw UsageError("The snapshot " + name_ + " cannot be restored: " +
                   (frame_.section.empty() ? "" : "in its part " + frame_.section + ", ") + why +
                   ".");
}

const std::uint8_t* Archive::take(std::uint64_t count) {
  if (count > frame_.end - at_) refuse("there is less than this program expects");
  const std::uint8_t* bytes = bytes_.data() + at_;
  at_ += count;
  return bytes;
}

void Archive::raw(std::uint8_t* bytes, std::uint64_t count) {
  if (count == 0) return;
  if (restoring_) {
    std::memcpy(bytes, take(count), count);
  } else {
    bytes_.insert(bytes_.end(), bytes, bytes + count);
  }
}

std::uint64_t Archive::number(std::uint64_t value, unsigned bytes) {
  if (restoring_) return read_number(take(bytes), bytes);
  for (unsigned i = 0; i < bytes; ++i) {
    bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  return value;
}

void Archive::truth(bool& value) {
  const std::uint64_t read = number(value ? 1 : 0, 1);
  if (read > 1) refuse("a truth value is neither 0 nor 1");
  value = read == 1;
}

std::uint64_t Archive::length(std::uint64_t present) {
  const std::uint64_t count = number(present, kLengthBytes);
  if (restoring_ && count > frame_.end - at_) refuse("a sequence is longer than what is left");
  return count;
}

void Archive::field(std::string& text) {
  text.resize(length(text.size()));
  raw(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
}

void Archive::elements(std::vector<bool>& flags) {
  for (auto&& flag : flags) {
    bool value = flag;
    truth(value);
    flag = value;
  }
}

Archive::Frame Archive::begin_section(const std::string& name) {
  Frame outer = frame_;
  std::string found = name;
  field(found);
  if (found != name) refuse("part " + name + " is missing");
  const std::uint64_t place = bytes_.size();
  const std::uint64_t bytes = length(0);
  frame_ = {name, at_ + bytes, place};
  return outer;
}

void Archive::end_section(const Frame& outer) {
  if (restoring_) {
    if (at_ != frame_.end) refuse("there is more than this program expects");
  } else {
    const std::uint64_t bytes = bytes_.size() - frame_.length - kLengthBytes;
    for (unsigned i = 0; i < kLengthBytes; ++i) {
      bytes_[frame_.length + i] = static_cast<std::uint8_t>(bytes >> (8 * i));
    }
  }
  frame_ = outer;
}

}  // namespace leyden::base
