#include "platform/vectors/expectations.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace leyden::vectors {
namespace {

std::string access_text(bool write, std::uint64_t address, std::uint64_t bytes) {
  return std::string("bus ") + (write ? "write" : "read") + " of " + bytes_text(bytes) + " at " +
         address_text(address);
}

ByteMap bytes_of(const Event& event) {
  ByteMap map;
  const std::uint32_t length = event.run_bytes();
  for (std::size_t i = 0; i < event.data.size(); ++i) {
    map[event.address + i / length * event.stride + i % length] = event.data[i];
  }
  return map;
}

}  // namespace

std::string bytes_text(std::uint64_t bytes) {
  return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
}

std::string byte_text(std::uint8_t byte) {
  char text[8];
  std::snprintf(text, sizeof text, "0x%02x", byte);
  return text;
}

std::string address_text(std::uint64_t address) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%08llx", static_cast<unsigned long long>(address));
  return text;
}

Expectations::Expectations(const Stream& stream, bool exact)
    : stream_(stream), exact_(exact), pending_(stream.events.size()) {
  for (std::size_t i = 0; i < stream.events.size(); ++i) {
    const Event& event = stream.events[i];
    pending_[i] =
        is_response(event.kind) && (event.kind == EventKind::kInterrupt || !event.data.empty());
    if (!pending_[i]) continue;
    if (event.kind == EventKind::kBus) (event.write ? writes_ : reads_).events.push_back(i);
    if (event.kind == EventKind::kLmemWrite) lmem_.events.push_back(i);
    if (event.kind == EventKind::kInterrupt) interrupts_.events.push_back(i);
  }
  while (first_pending_ < pending_.size() && !pending_[first_pending_]) ++first_pending_;
}

void Expectations::match(std::size_t index) {
  pending_[index] = false;
  ++matched_;
  while (first_pending_ < pending_.size() && !pending_[first_pending_]) ++first_pending_;
}

bool Expectations::pending_before(std::size_t index) const { return first_pending_ < index; }

Expectations::Answer Expectations::access(bool write, std::uint64_t address, std::uint8_t* data,
                                          std::size_t bytes) {
  Channel& channel = write ? writes_ : reads_;
  Answer answer;
  const std::string where = access_text(write, address, bytes);
  for (std::size_t done = 0; done < bytes;) {
    if (channel.events.empty()) {
      answer.mismatch = Mismatch{where, "none", "it"};
      return answer;
    }
    const std::size_t index = channel.events.front();
    const Event& event = stream_.events[index];
    const std::uint64_t expected = event.address + channel.used;
    if (expected != address + done ||
        (exact_ && (channel.used != 0 || event.data.size() != bytes))) {
      answer.mismatch =
          Mismatch{where, access_text(write, expected, event.data.size() - channel.used), "it"};
      return answer;
    }
    if (channel.used == 0) {
      answer.latency_ps += event.latency_ps;
      answer.events.push_back(index);
    }
    const std::size_t count = std::min(bytes - done, event.data.size() - channel.used);
    const std::uint8_t* recorded = event.data.data() + channel.used;
    if (!write) {
      std::memcpy(data + done, recorded, count);
    } else if (std::memcmp(data + done, recorded, count) != 0) {
      std::size_t at = 0;
      while (data[done + at] == recorded[at]) ++at;
      answer.mismatch = Mismatch{where + ", byte at " + address_text(address + done + at),
                                 byte_text(recorded[at]), byte_text(data[done + at])};
      return answer;
    }
    done += count;
    channel.used += count;
    if (event.response != Response::kOk) answer.response = event.response;
    if (channel.used == event.data.size()) {
      channel.used = 0;
      channel.events.pop_front();
      match(index);
    }
  }
  return answer;
}

std::optional<Mismatch> Expectations::written(std::uint64_t address, const std::uint8_t* data,
                                              std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    const std::string where = "LMEM byte at " + address_text(address + i);
    if (lmem_.events.empty()) return Mismatch{where, "no write", byte_text(data[i])};
    const std::size_t index = lmem_.events.front();
    if (lmem_loaded_ != index) {
      lmem_bytes_ = bytes_of(stream_.events[index]);
      lmem_loaded_ = index;
    }
    const auto found = lmem_bytes_.find(address + i);
    if (found == lmem_bytes_.end()) return Mismatch{where, "no write", byte_text(data[i])};
    if (found->second != data[i]) {
      return Mismatch{where, byte_text(found->second), byte_text(data[i])};
    }
    lmem_bytes_.erase(found);
    if (!lmem_bytes_.empty()) continue;
    lmem_.events.pop_front();
    completed_.push_back(index);
    match(index);
  }
  return std::nullopt;
}

std::vector<std::size_t> Expectations::take_completed() {
  std::vector<std::size_t> taken;
  taken.swap(completed_);
  return taken;
}

std::optional<std::size_t> Expectations::next_interrupt() const {
  if (interrupts_.events.empty()) return std::nullopt;
  return interrupts_.events.front();
}

std::optional<Mismatch> Expectations::interrupt(bool level) {
  const std::string found = level ? "1" : "0";
  if (interrupts_.events.empty()) return Mismatch{"interrupt", "no change", found};
  const std::size_t index = interrupts_.events.front();
  const bool expected = stream_.events[index].data[0] != 0;
  if (expected != level) return Mismatch{"interrupt", expected ? "1" : "0", found};
  interrupts_.events.pop_front();
  match(index);
  return std::nullopt;
}

Mismatch Expectations::missing(std::size_t index, const std::string& within) const {
  const Event& event = stream_.events[index];
  switch (event.kind) {
    case EventKind::kBus: {
      const Channel& channel = event.write ? writes_ : reads_;
      const std::size_t used =
          !channel.events.empty() && channel.events.front() == index ? channel.used : 0;
      return {access_text(event.write, event.address + used, event.data.size() - used), within,
              "none"};
    }
    case EventKind::kLmemWrite: {
      const std::uint64_t at = lmem_loaded_ == index ? lmem_bytes_.begin()->first : event.address;
      const std::uint8_t byte =
          lmem_loaded_ == index ? lmem_bytes_.begin()->second : event.data.front();
      return {"LMEM byte at " + address_text(at), byte_text(byte) + " " + within, "no write"};
    }
    default:
      break;
  }
  const bool level = event.data[0] != 0;
  return {"interrupt", std::string(level ? "1 " : "0 ") + within, level ? "0" : "1"};
}

}  // namespace leyden::vectors
