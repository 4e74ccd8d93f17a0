#include "platform/trace/functional_coverage.h"

#include <algorithm>
#include <cstring>

#include "registers/cim.h"

namespace leyden::trace {
namespace {

namespace reg = registers::cim;

std::vector<std::string> units(unsigned macros, unsigned channels) {
  std::vector<std::string> names;
  for (unsigned n = 0; n < macros; ++n) names.push_back("cim" + std::to_string(n));
  names.push_back("vector");
  for (unsigned n = 0; n < channels; ++n) names.push_back("dma" + std::to_string(n));
  return names;
}

}  // namespace

FunctionalCoverage::FunctionalCoverage(unsigned macros, unsigned dma_channels,
                                       const std::vector<std::string>& interrupts)
    : registers_(coverage_),
      jobs_(coverage_),
      overlaps_(coverage_, units(macros, dma_channels), interrupts),
      words_(macros),
      vector_unit_(macros),
      first_channel_(macros + 1) {}

std::size_t FunctionalCoverage::begins(const base::BusAccess& access) {
  return access.master == "core" && access.target != nullptr ? 1 : 0;
}

void FunctionalCoverage::ends(std::size_t access, const tlm::tlm_generic_payload& payload,
                              const sc_core::sc_time&) {
  if (access == 0 || !payload.is_response_ok()) return;
  this->access(payload.get_address(), payload.is_write(), payload.get_data_ptr(),
               payload.get_data_length());
}

void FunctionalCoverage::access(std::uint64_t address, bool write, const std::uint8_t* data,
                                unsigned length) {
  registers_.access(address, write, data, length);
  if (!write || address < reg::kBase) return;
  const std::size_t instance = (address - reg::kBase) / reg::kSize;
  if (instance >= words_.size()) return;
  for (unsigned at = 0; at + 4 <= length; at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, data + at, sizeof word);
    cim_write((address - reg::kBase) % reg::kSize + at, word, instance);
  }
}

void FunctionalCoverage::cim_write(std::uint64_t offset, std::uint32_t word, std::size_t instance) {
  cim::JobWords& words = words_[instance];
  if (offset >= reg::kJobFirst && offset < reg::kJobFirst + 4 * reg::kJobWords) {
    words[(offset - reg::kJobFirst) / 4] = word;
  } else if (offset == reg::kCtrl && reg::ctrl::kStart.get(word) != 0) {
    jobs_.cim_job(cim::decode_job(words).job);
  }
}

void FunctionalCoverage::job(const base::JobSpan& span) {
  overlaps_.busy(span.macro, span.start, span.end());
}

void FunctionalCoverage::vector_job(const char* operation, std::uint64_t, std::uint64_t start,
                                    std::uint64_t end) {
  jobs_.vector_job(operation);
  overlaps_.busy(vector_unit_, start, end);
}

void FunctionalCoverage::transfer(const base::TransferSpan& span) { jobs_.transfer(span); }

void FunctionalCoverage::dma_busy(unsigned channel, bool busy, std::uint64_t cycle) {
  if (busy) {
    overlaps_.begins(first_channel_ + channel, cycle);
  } else {
    overlaps_.ends(first_channel_ + channel, cycle);
  }
}

void FunctionalCoverage::interrupt_lines(std::uint32_t levels, std::uint64_t cycle) {
  overlaps_.lines(levels, cycle);
}

void FunctionalCoverage::interrupt_claimed(unsigned source, std::uint64_t) {
  overlaps_.claimed(source);
}

}  // namespace leyden::trace
