#include "platform/trace/job_coverage.h"

#include <algorithm>

#include "registers/memory_map.h"

namespace leyden::trace {
namespace {

constexpr const char* kCim = "jobs of cim";
constexpr const char* kDma = "transfers of dma";

std::vector<std::string> bits_bins() { return {"1", "2", "3", "4", "5", "6", "7", "8"}; }

/// 1x1, 3x3, 5x5, another square, not square.
std::size_t kernel_bin(const cim::Job& job) {
  if (job.kernel_width != job.kernel_height) return 4;
  return job.kernel_width == 1 ? 0 : job.kernel_width == 3 ? 1 : job.kernel_width == 5 ? 2 : 3;
}

const std::vector<std::string> kKernels = {"1x1", "3x3", "5x5", "other square", "not square"};

/// 1, 2, another, unequal in x and y.
std::size_t stride_bin(const cim::Job& job) {
  if (job.stride_x != job.stride_y) return 3;
  return job.stride_x == 1 ? 0 : job.stride_x == 2 ? 1 : 2;
}

const std::vector<std::string> kStrides = {"1", "2", "more", "unequal"};

std::vector<std::string> cross(const std::vector<std::string>& a,
                               const std::vector<std::string>& b) {
  std::vector<std::string> names;
  for (const std::string& first : a) {
    for (const std::string& second : b) names.push_back(first + " x " + second);
  }
  return names;
}

const std::vector<std::string> kPlaces = {"sram", "lmem", "off_chip", "weights", "other"};

std::size_t place_of(std::uint64_t address) {
  namespace reg = registers;
  const auto within = [&](std::uint64_t base, std::uint64_t size) {
    return address >= base && address - base < size;
  };
  if (within(reg::kSramBase, reg::kSramSize)) return 0;
  if (within(reg::kLmemBase, reg::kLmemSize)) return 1;
  if (within(reg::kOffChipBase, reg::kOffChipSize)) return 2;
  if (within(reg::kCimWeightsBase, reg::kCimWeightsSize * reg::kCimWeightsInstances)) return 3;
  return 4;
}

std::size_t clamp_bits(unsigned bits) { return std::clamp(bits, 1u, 8u) - 1; }

}  // namespace

JobCoverage::JobCoverage(coverage::Coverage& coverage)
    : coverage_(coverage),
      operations_({"max_pool", "average_pool", "add", "accumulate", "scale", "lookup"}) {
  const auto cim = [&](const char* name, std::vector<std::string> bins) {
    return coverage.declare(kCim, name, std::move(bins));
  };
  cim_.kernel = cim("kernel", kKernels);
  cim_.stride = cim("stride", kStrides);
  cim_.padding = cim("padding", {"none", "left", "top", "left and top"});
  cim_.dilation = cim("dilation", {"1", "more"});
  cim_.window = cim("part of the window (row splits)", {"all", "first", "later"});
  cim_.in_bits = cim("input bits", bits_bins());
  cim_.weight_bits = cim("weight bits", bits_bins());
  cim_.out_bits = cim("output bits", {"1", "2", "3", "4", "5", "6", "7", "8", "more"});
  cim_.range = cim("converter range", {"all", "a share"});
  cim_.results = cim("results", {"codes", "partial sums"});
  cim_.positions = cim("positions", {"1", "2", "more"});
  cim_.outputs = cim("outputs", {"1", "2 to 15", "16 to 63", "64 or more"});
  cim_.pixels = cim("input pixels", {"dense", "apart"});
  cim_.bits = cim("input bits x weight bits", cross(bits_bins(), bits_bins()));
  cim_.kernel_stride = cim("kernel x stride", cross(kKernels, kStrides));
  const auto dma = [&](const char* name, std::vector<std::string> bins) {
    return coverage.declare(kDma, name, std::move(bins));
  };
  dma_.way = dma("source x destination", cross(kPlaces, kPlaces));
  dma_.source_alignment = dma("source", {"on a beat", "on a word", "on a byte"});
  dma_.destination_alignment = dma("destination", {"on a beat", "on a word", "on a byte"});
  dma_.alignment = dma("lanes of source and destination", {"the same", "shifted"});
  dma_.size = dma("bytes", {"1 to 15", "16 to 255", "256 to 4095", "4096 or more"});
  dma_.channel = dma("channel", {"0", "1"});
  operation_ = coverage.declare("jobs of vector", "operation", operations_);
}

void JobCoverage::cim_job(const cim::Job& job) {
  const std::size_t kernel = kernel_bin(job);
  const std::size_t stride = stride_bin(job);
  coverage_.hit(cim_.kernel, kernel);
  coverage_.hit(cim_.stride, stride);
  coverage_.hit(cim_.kernel_stride, kernel * kStrides.size() + stride);
  coverage_.hit(cim_.padding, (job.pad_left != 0 ? 1 : 0) + (job.pad_top != 0 ? 2 : 0));
  coverage_.hit(cim_.dilation, job.dilation_x > 1 || job.dilation_y > 1 ? 1 : 0);
  coverage_.hit(cim_.window, job.window_first != 0 ? 2 : job.window_count < job.window() ? 1 : 0);
  coverage_.hit(cim_.in_bits, clamp_bits(job.in_bits));
  coverage_.hit(cim_.weight_bits, clamp_bits(job.weight_bits));
  coverage_.hit(cim_.out_bits, std::clamp(job.out_bits, 1u, 9u) - 1);
  coverage_.hit(cim_.bits, clamp_bits(job.in_bits) * 8 + clamp_bits(job.weight_bits));
  coverage_.hit(cim_.range, job.range == 0 ? 0 : 1);
  coverage_.hit(cim_.results, job.partial ? 1 : 0);
  coverage_.hit(cim_.positions, std::clamp<std::uint64_t>(job.positions(), 1, 3) - 1);
  coverage_.hit(cim_.outputs, job.outputs <= 1   ? 0
                              : job.outputs < 16 ? 1
                              : job.outputs < 64 ? 2
                                                 : 3);
  coverage_.hit(cim_.pixels, job.in_pixel_stride == job.in_channels ? 0 : 1);
}

void JobCoverage::transfer(const base::TransferSpan& span) {
  const auto alignment = [](std::uint32_t address) {
    return address % 16 == 0 ? 0u : address % 4 == 0 ? 1u : 2u;
  };
  coverage_.hit(dma_.way, place_of(span.source) * kPlaces.size() + place_of(span.destination));
  coverage_.hit(dma_.source_alignment, alignment(span.source));
  coverage_.hit(dma_.destination_alignment, alignment(span.destination));
  coverage_.hit(dma_.alignment, span.source % 16 == span.destination % 16 ? 0 : 1);
  coverage_.hit(dma_.size, span.bytes < 16 ? 0 : span.bytes < 256 ? 1 : span.bytes < 4096 ? 2 : 3);
  if (span.channel < 2) coverage_.hit(dma_.channel, span.channel);
}

void JobCoverage::vector_job(const std::string& operation) {
  const auto found = std::find(operations_.begin(), operations_.end(), operation);
  if (found == operations_.end()) return;
  coverage_.hit(operation_, static_cast<std::size_t>(found - operations_.begin()));
}

}  // namespace leyden::trace
