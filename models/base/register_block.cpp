#include "models/base/register_block.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

#include "models/base/error.h"

namespace leyden::base {
namespace {

constexpr unsigned kWordBytes = 4;

std::string hex(std::uint64_t value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
  return text.data();
}

/// All bits of a register.
std::uint32_t all_bits(const RegisterInfo& info) {
  return info.bytes >= kWordBytes ? 0xffffffffu : (1u << (8 * info.bytes)) - 1u;
}

}  // namespace

RegisterBlock::RegisterBlock(std::string name, const std::vector<RegisterInfo>& table,
                             std::uint64_t base, Diagnostics& diagnostics)
    : name_(std::move(name)), base_(base), diagnostics_(diagnostics) {
  std::vector<std::pair<std::uint32_t, Slot>> all;
  for (const RegisterInfo& info : table) {
    for (unsigned i = 0; i < info.count; ++i) {
      all.push_back({info.offset + i * info.stride, Slot{&info, i, info.reset, {}, {}}});
    }
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [offset, slot] : all) {
    offsets_.push_back(offset);
    slots_.push_back(std::move(slot));
  }
}

RegisterBlock::Slot* RegisterBlock::find(std::uint32_t offset) {
  const auto after = std::upper_bound(offsets_.begin(), offsets_.end(), offset);
  if (after == offsets_.begin()) return nullptr;
  const auto i = static_cast<std::size_t>(after - offsets_.begin()) - 1;
  return offset - offsets_[i] < slots_[i].info->bytes ? &slots_[i] : nullptr;
}

const RegisterBlock::Slot& RegisterBlock::require(std::uint32_t offset) const {
  const Slot* slot = const_cast<RegisterBlock*>(this)->find(offset);
  if (slot == nullptr || offset != slot->info->offset + slot->index * slot->info->stride) {
    throw ModelError(name_ + ": no register begins at offset " + hex(offset));
  }
  return *slot;
}

void RegisterBlock::on_write(std::uint32_t offset, const WriteCallback& callback) {
  const RegisterInfo* info = require(offset).info;
  for (unsigned i = require(offset).index; i < info->count; ++i) {
    find(info->offset + i * info->stride)->written = callback;
  }
}

void RegisterBlock::on_read(std::uint32_t offset, const ReadCallback& callback) {
  const RegisterInfo* info = require(offset).info;
  for (unsigned i = require(offset).index; i < info->count; ++i) {
    find(info->offset + i * info->stride)->reading = callback;
  }
}

std::uint32_t RegisterBlock::peek(std::uint32_t offset) const { return require(offset).value; }

void RegisterBlock::poke(std::uint32_t offset, std::uint32_t value) {
  const Slot& slot = require(offset);
  const_cast<Slot&>(slot).value = value & slot.info->readable;
}

void RegisterBlock::reset() {
  for (Slot& slot : slots_) slot.value = slot.info->reset;
}

void RegisterBlock::archive(Archive& a) {
  a.same(slots_.size(), "the number of registers");
  for (Slot& slot : slots_) a(slot.value);
}

std::uint32_t RegisterBlock::read(std::uint32_t offset) {
  Slot* slot = find(offset);
  if (slot == nullptr) {
    report_access("read of offset " + hex(offset) + ", where no register is, gives 0", offset);
    return 0;
  }
  if (slot->info->readable == 0) {
    report_access("read of write-only register " + full_name(*slot) + " gives 0", offset);
    return 0;
  }
  const std::uint32_t value = slot->reading ? slot->reading(slot->index) : slot->value;
  return value & slot->info->readable;
}

void RegisterBlock::write(std::uint32_t offset, std::uint32_t value) {
  write_lanes(offset, value, 0xffffffffu);
}

void RegisterBlock::write_lanes(std::uint32_t offset, std::uint32_t value, std::uint32_t lanes) {
  Slot* slot = find(offset);
  if (slot == nullptr) {
    report_access("write of " + hex(value) + " to offset " + hex(offset) +
                      ", where no register is, is ignored",
                  offset);
    return;
  }
  const RegisterInfo& info = *slot->info;
  value &= all_bits(info);
  report_refused_bits(*slot, value, offset);

  // Bytes that were not written keep their read-write bits and command nothing.
  const std::uint32_t word = value | (slot->value & info.writable & ~lanes);
  slot->value = (slot->value & ~(info.writable & lanes)) | (value & info.writable);
  slot->value &= ~(value & info.write_one_clears);
  const std::uint32_t effective = info.writable | info.write_one_clears | info.write_only;
  if (slot->written && effective != 0) slot->written(word & effective, slot->index);
}

void RegisterBlock::report_refused_bits(const Slot& slot, std::uint32_t value,
                                        std::uint32_t offset) {
  const RegisterInfo& info = *slot.info;
  const std::uint32_t effective = info.writable | info.write_one_clears | info.write_only;
  if (effective == 0) {
    report_access(
        "write of " + hex(value) + " to read-only register " + full_name(slot) + " is ignored",
        offset);
    return;
  }
  // Software that writes back what it read is right; so is a 0 for a read-only bit.
  const std::uint32_t unchanged = slot.value & info.readable;
  const std::uint32_t refused = value & ~effective & ~unchanged;
  if (refused == 0) return;
  report_access("write of " + hex(value) + " to " + full_name(slot) + " sets the " +
                    ((refused & info.readable) != 0 ? "read-only" : "reserved") + " bits " +
                    hex(refused) + ", which is ignored",
                offset);
}

void RegisterBlock::report_access(const std::string& text, std::uint32_t offset) {
  diagnostics_.report(Severity::kWarning, name_, text, base_ + offset);
}

std::string RegisterBlock::full_name(const Slot& slot) {
  std::string name = slot.info->name;
  if (slot.info->count > 1) name += "[" + std::to_string(slot.index) + "]";
  return name;
}

void RegisterBlock::transport(tlm::tlm_generic_payload& payload) {
  const unsigned length = payload.get_data_length();
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  const auto first = static_cast<std::uint32_t>(payload.get_address());
  if (payload.get_streaming_width() < length || !shape_allowed(first, length)) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  unsigned char* data = payload.get_data_ptr();
  for (unsigned done = 0; done < length;) {
    const std::uint32_t address = first + done;
    // A piece: all of the payload inside one register, or one of its words.
    const unsigned bytes = std::min(length, kWordBytes);
    const Slot* slot = find(address);
    const std::uint32_t offset =
        slot == nullptr ? address : slot->info->offset + slot->index * slot->info->stride;
    const unsigned shift = 8 * (address - offset);
    const std::uint32_t lanes = (bytes >= kWordBytes ? 0xffffffffu : (1u << (8 * bytes)) - 1u)
                                << shift;
    std::uint32_t value = 0;
    if (payload.is_read()) {
      value = read(offset) >> shift;
      std::memcpy(data + done, &value, bytes);
    } else if (payload.is_write()) {
      std::memcpy(&value, data + done, bytes);
      write_lanes(offset, value << shift, lanes);
    }
    done += bytes;
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

bool RegisterBlock::shape_allowed(std::uint32_t address, unsigned length) {
  if (length == 0) return false;
  if (length > kWordBytes) {
    if (length % kWordBytes != 0 || address % kWordBytes != 0) return false;
    for (unsigned done = 0; done < length; done += kWordBytes) {
      if (!shape_allowed(address + done, kWordBytes)) return false;
    }
    return true;
  }
  if (length == 3 || address % length != 0) return false;
  // All bytes in one register, or all in none (which is reported, not refused).
  const auto next = std::upper_bound(offsets_.begin(), offsets_.end(), address);
  if (next != offsets_.begin()) {
    const std::uint32_t begin = *(next - 1);
    const std::uint32_t end = begin + slots_[next - offsets_.begin() - 1].info->bytes;
    if (address < end) return address + length <= end;
  }
  return next == offsets_.end() || address + length <= *next;
}

/// What others compute when it is read is not stored here.
std::uint32_t RegisterBlock::flippable(const Slot& slot) {
  return slot.reading ? 0 : slot.info->readable;
}

unsigned RegisterBlock::transport_debug(tlm::tlm_generic_payload& payload) {
  const auto first = static_cast<std::uint32_t>(payload.get_address());
  const unsigned length = payload.get_data_length();
  unsigned char* data = payload.get_data_ptr();
  bool any = false;
  const bool flips = !payload.is_read() && !payload.is_write() && data != nullptr;
  for (unsigned i = 0; i < length; ++i) {
    Slot* slot = find(first + i);
    if (flips) {
      if (slot == nullptr || flippable(*slot) == 0) continue;
      const unsigned from = slot->info->offset + slot->index * slot->info->stride;
      slot->value ^= (std::uint32_t{data[i]} << 8 * (first + i - from)) & flippable(*slot);
      any = true;
      continue;
    }
    any = any || slot != nullptr;
    if (slot == nullptr) {
      if (payload.is_read()) data[i] = 0;
      continue;
    }
    const unsigned shift = 8 * (first + i - slot->info->offset - slot->index * slot->info->stride);
    if (payload.is_read()) {
      data[i] = static_cast<unsigned char>(slot->value >> shift);
    } else if (payload.is_write()) {
      const std::uint32_t lane = slot->info->writable & (0xffu << shift);
      slot->value = (slot->value & ~lane) | ((std::uint32_t{data[i]} << shift) & lane);
    }
  }
  return any ? length : 0;
}

}  // namespace leyden::base
