#include "models/memory/storage.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "models/base/tlm_helpers.h"

namespace leyden::memory {
namespace {

base::StreamKey power_up_key(const base::ParameterSet& parameters, std::uint64_t base) {
  base::StreamKey key;
  key.die = static_cast<std::uint32_t>(parameters.integer("system.power_up_seed"));
  key.purpose = static_cast<std::uint32_t>(base);  // memories differ by their address
  return key;
}

}  // namespace

std::vector<base::ParameterSpec> system_parameters() {
  return {{"power_up_seed",
           "1",
           0,
           4294967295.0,
           true,
           {},
           "Seed of what memories hold before they are written"}};
}

Storage::Storage(std::string name, std::uint64_t bytes, std::uint64_t base, base::Context& context)
    : name_(std::move(name)),
      base_(base),
      diagnostics_(context.diagnostics),
      power_up_(power_up_key(context.parameters, base)),
      bytes_(bytes),
      written_(bytes),
      filled_((bytes + kPageBytes - 1) / kPageBytes),
      pristine_(filled_.size()) {}

std::uint8_t* Storage::data(std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t end = offset + std::max<std::uint64_t>(length, 1);
  for (std::uint64_t page = offset / kPageBytes; page * kPageBytes < end; ++page) {
    if (page < filled_.size() && !filled_[page]) {
      fill(page);
    }
  }
  return bytes_.data() + offset;
}

void Storage::draw(std::uint64_t page, std::uint8_t* to) const {
  const std::uint64_t count = page_size(page);
  for (std::uint64_t at = 0; at < count; at += 16) {
    const auto bits = power_up_.block((page * kPageBytes + at) / 16);
    std::memcpy(to + at, bits.data(), std::min<std::uint64_t>(16, count - at));
  }
}

void Storage::fill(std::uint64_t page) {
  std::uint8_t* to = bytes_.data() + page * kPageBytes;
  if (pristine_[page]) {
    std::memcpy(to, pristine_[page].get(), page_size(page));
  } else {
    draw(page, to);
  }
  filled_[page] = true;
  touched_.push_back(static_cast<std::uint32_t>(page));
}

void Storage::reset() {
  if (flipped_) flipped_->written(0, size());
  if (protected_) protected_->clear();
  for (const std::uint32_t page : touched_) {
    if (!pristine_[page]) {
      pristine_[page] = std::make_unique<std::uint8_t[]>(kPageBytes);
      draw(page, pristine_[page].get());
    }
    filled_[page] = false;
    written_.forget(page * kPageBytes, page_size(page));
  }
  touched_.clear();
}

std::size_t Storage::flip(std::uint64_t offset, unsigned bit) {
  if (!flipped_) flipped_ = std::make_unique<FlippedBits>();
  if (protected_) {
    const std::uint64_t word = offset / ProtectedWords::kWordBytes * ProtectedWords::kWordBytes;
    protected_->flip(data(word, ProtectedWords::kWordBytes), offset, bit);
  } else {
    *data(offset, 1) ^= static_cast<std::uint8_t>(1u << bit);
  }
  return flipped_->add(offset);
}

void Storage::archive(base::Archive& a) {
  a.same(size(), "the size of " + name_);
  if (a.restoring()) reset();
  if (protected_) protected_->archive(a);
  std::sort(touched_.begin(), touched_.end());
  std::vector<std::uint32_t> pages = touched_;
  a(pages);
  std::uint64_t next = 0;
  for (const std::uint32_t page : pages) {
    if (page < next || page >= filled_.size()) a.refuse("a page of " + name_ + " does not exist");
    next = page + std::uint64_t{1};
    const std::uint64_t offset = page * kPageBytes;
    a.raw(bytes_.data() + offset, page_size(page));
    written_.archive(a, offset, page_size(page));
    if (!a.restoring()) continue;
    filled_[page] = true;
    touched_.push_back(page);
  }
}

void Storage::warn_unwritten(std::uint64_t offset, std::uint64_t length) {
  if (const auto first = first_unwritten(offset, length)) {
    diagnostics_.report(base::Severity::kWarning, name_,
                        "read of memory that was never written; it holds its power-up contents",
                        base_ + *first);
  }
}

bool Storage::transport(tlm::tlm_generic_payload& payload) {
  const unsigned length = payload.get_data_length();
  const std::uint64_t offset = payload.get_address();
  const std::uint64_t span = base::touched_bytes(payload);
  if (payload.get_data_ptr() == nullptr || span == 0) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return false;
  }
  if (!contains(offset, span)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return false;
  }
  const unsigned char* enables = payload.get_byte_enable_ptr();
  const unsigned enable_length = payload.get_byte_enable_length();
  if (enables != nullptr && enable_length == 0) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return false;
  }
  bool good = true;
  if (enables == nullptr) {
    good = note_access(payload.is_read(), offset, span);
  } else {
    for (unsigned i = 0; i < length; ++i) {
      if (enables[i % enable_length] == TLM_BYTE_ENABLED) {
        good = note_access(payload.is_read(), offset + i % span, 1) && good;
      }
    }
  }
  if (!good) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return false;
  }
  base::transfer(payload, data(offset, span));
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  if (observer_ && payload.is_write()) observer_(offset, span, base::initiator_name(payload));
  return true;
}

/// @return false for a read of what an error code cannot correct
bool Storage::note_access(bool reads, std::uint64_t offset, std::uint64_t length) {
  if (reads) {
    warn_unwritten(offset, length);
    return before_read(offset, length);
  }
  mark_written(offset, length);
  if (flipped_) flipped_->written(offset, length);
  if (protected_) protected_->written(offset, length);
  return true;
}

unsigned Storage::transport_debug(tlm::tlm_generic_payload& payload) {
  const std::uint64_t offset = payload.get_address();
  if (offset >= size() || payload.get_data_ptr() == nullptr) {
    return 0;
  }
  const std::uint64_t length = std::min<std::uint64_t>(payload.get_data_length(), size() - offset);
  std::uint8_t* bytes = data(offset, length);
  if (payload.is_read()) {
    std::memcpy(payload.get_data_ptr(), bytes, length);
  } else if (payload.is_write()) {
    std::memcpy(bytes, payload.get_data_ptr(), length);
    wrote(offset, length, base::initiator_name(payload));
  } else {
    return 0;
  }
  return static_cast<unsigned>(length);
}

}  // namespace leyden::memory
