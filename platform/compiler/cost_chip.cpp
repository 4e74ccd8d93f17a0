#include "platform/compiler/cost_chip.h"

#include <algorithm>
#include <limits>
#include <string>

#include "models/base/error.h"
#include "models/cim/job_words.h"
#include "models/cim/timing.h"
#include "models/vector/vector_job.h"
#include "registers/cim.h"
#include "registers/memory_map.h"

namespace leyden::compiler {
namespace {

constexpr unsigned kVectorBit = 16;
constexpr unsigned kDmaBit = 24;
constexpr std::uint32_t kBeatBytes = 16;  // of LMEM and of a row of tables
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

std::uint64_t lanes(std::uint64_t address, std::uint64_t bytes, std::uint64_t width) {
  return bytes == 0 ? 0 : (address + bytes - 1) / width - address / width + 1;
}

bool inside(std::uint64_t address, std::uint64_t base, std::uint64_t size) {
  return address >= base && address - base < size;
}

bool in_weights(std::uint64_t address) {
  return inside(address, registers::kCimWeightsBase,
                registers::kCimWeightsSize * registers::kCimWeightsInstances);
}

/// Bytes below `limit` of runs of `length` bytes, `stride` apart.
std::uint64_t bytes_below(std::uint64_t address, std::uint64_t length, std::uint64_t stride,
                          std::uint64_t runs, std::uint64_t limit) {
  if (limit <= address || runs == 0) return 0;
  const std::uint64_t room = limit - address;
  if (stride == 0) return std::min(room, length) * runs;
  const std::uint64_t started = std::min(runs, (room + stride - 1) / stride);
  const std::uint64_t whole = room < length ? 0 : std::min(started, (room - length) / stride + 1);
  std::uint64_t total = whole * length;
  for (std::uint64_t i = whole; i < started; ++i) total += room - i * stride;
  return total;
}

}  // namespace

CostChip::CostChip(const CostParameters& parameters)
    : p_(parameters), macro_events_(ledger_, p_.macro, nullptr, "cim"), macro_busy_(p_.macros) {
  using base::Component;
  const auto declare = [&](Component component, double energy_fj) {
    const std::string name = "event" + std::to_string(ledger_.kinds().size());
    return ledger_.declare({name, component, energy_fj, base::Source::kAssumed});
  };
  for (std::size_t i = 0; i < kInstructionClassCount; ++i) {
    instruction_[i] = declare(Component::kCore, p_.instruction_fj[i]);
  }
  sram_read_ = declare(Component::kSram, p_.sram_read_fj);
  sram_write_ = declare(Component::kSram, p_.sram_write_fj);
  beat_ = declare(Component::kBus, p_.bus_beat_fj);
  dma_byte_ = declare(Component::kDma, p_.dma_byte_fj);
  lmem_read_ = declare(Component::kLmem, p_.lmem_read_fj);
  lmem_write_ = declare(Component::kLmem, p_.lmem_write_fj);
  off_chip_read_ = declare(Component::kOffChip, p_.off_chip_read_fj);
  off_chip_write_ = declare(Component::kOffChip, p_.off_chip_write_fj);
  compare_ = declare(Component::kVector, p_.compare_fj);
  add_ = declare(Component::kVector, p_.add_fj);
  multiply_narrow_ = declare(Component::kVector, p_.multiply_narrow_fj);
  multiply_wide_ = declare(Component::kVector, p_.multiply_wide_fj);
  clock_ = declare(Component::kClock, p_.clock_fj_per_cycle);
  leakage_ = declare(Component::kLeakage, p_.leakage_fj_per_cycle);
}

std::uint64_t CostChip::bus(std::uint64_t cycle, std::uint32_t address, std::uint32_t bytes,
                            bool write) {
  // 1. The data path, one master at a time (models/bus).
  const std::uint64_t beats = lanes(address, bytes, p_.bus_bytes);
  bus_free_ = std::max(cycle, bus_free_) + beats;
  ledger_.count(beat_, beats);
  std::uint64_t at = bus_free_ + p_.bus_hop_cycles;
  // 2. The target.
  if (inside(address, registers::kOffChipBase, registers::kOffChipSize)) {
    ledger_.count(write ? off_chip_write_ : off_chip_read_, bytes);
    off_chip_free_ = std::max(at, off_chip_free_) +
                     (bytes + p_.off_chip_bytes_per_cycle - 1) / p_.off_chip_bytes_per_cycle;
    at = off_chip_free_ + p_.off_chip_latency_cycles;
  } else if (inside(address, registers::kLmemBase, registers::kLmemSize)) {
    const std::uint64_t offset = address - registers::kLmemBase;
    ledger_.count(write ? lmem_write_ : lmem_read_, lanes(offset, bytes, kBeatBytes));
    const std::uint64_t in_a = offset < p_.lmem_bank_bytes
                                   ? std::min<std::uint64_t>(bytes, p_.lmem_bank_bytes - offset)
                                   : 0;
    std::uint64_t served = at;
    const auto serve = [&](unsigned bank, std::uint64_t first, std::uint64_t length) {
      const std::uint64_t count = lanes(first, length, kBeatBytes);
      if (count == 0) return;
      served = std::max(served, banks_[bank].serve(at - std::min(at, count), count));
    };
    serve(0, offset, in_a);
    serve(1, offset + in_a, bytes - in_a);
    at = served + p_.lmem_latency_cycles;
  } else if (in_weights(address)) {
    const std::uint64_t offset =
        (address - registers::kCimWeightsBase) % registers::kCimWeightsSize;
    const std::uint64_t rows = offset < registers::cim::kAbnTableWindow
                                   ? lanes(offset, bytes, p_.macro.row_bytes())
                                   : (bytes + kBeatBytes - 1) / kBeatBytes;
    if (write) macro_events_.count_weight_rows(rows);
    at += rows * p_.macro.weight_row_cycles;
  }
  return at - cycle;
}

std::uint64_t CostChip::core_access(std::uint64_t cycle, std::uint32_t address, bool write) {
  advance(cycle);
  return bus(cycle, address, 4, write);
}

std::uint64_t CostChip::core_accesses(std::uint64_t count, std::uint32_t address, bool write) {
  constexpr std::uint32_t kWord = 4;
  const bool off_chip = inside(address, registers::kOffChipBase, registers::kOffChipSize);
  ledger_.count(beat_, count);
  if (!off_chip) {
    ledger_.count(write ? lmem_write_ : lmem_read_, count);
    return count * (1 + p_.bus_hop_cycles + p_.lmem_latency_cycles);
  }
  ledger_.count(write ? off_chip_write_ : off_chip_read_, count * kWord);
  const std::uint64_t served =
      (kWord + p_.off_chip_bytes_per_cycle - 1) / p_.off_chip_bytes_per_cycle;
  return count * (1 + p_.bus_hop_cycles + served + p_.off_chip_latency_cycles);
}

void CostChip::finish_at(unsigned bit, std::uint64_t cycle) { ends_[bit] = cycle; }

void CostChip::next_burst(Channel& channel) {
  if (channel.left == 0) {
    if (++channel.row == channel.rows) {
      channel.running = false;
      return;
    }
    channel.left = channel.row_bytes;
    channel.source = channel.words[0] + channel.row * channel.words[4];
    channel.destination = channel.words[1] + channel.row * channel.words[5];
  }
  channel.burst = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      channel.left, p_.dma_burst_bytes - channel.source % p_.dma_burst_bytes));
}

/// Bytes of the channel's next write: up to the boundary that no access crosses.
std::uint32_t CostChip::write_piece(const Channel& channel) const {
  const std::uint32_t left = channel.burst - channel.written;
  if (p_.dma_boundary_bytes == 0) return left;
  const std::uint32_t at = channel.destination + channel.written;
  return std::min(left, p_.dma_boundary_bytes - at % p_.dma_boundary_bytes);
}

void CostChip::step(unsigned number) {
  Channel& channel = channels_[number];
  if (!channel.writing) {
    for (std::uint32_t read = 0; read < channel.burst;) {
      std::uint32_t piece = channel.burst - read;
      const std::uint32_t at = channel.source + read;
      if (p_.dma_boundary_bytes != 0) {
        piece = std::min(piece, p_.dma_boundary_bytes - at % p_.dma_boundary_bytes);
      }
      channel.next += bus(channel.next, at, piece, false);
      read += piece;
    }
    channel.next += p_.dma_access_cycles;
    channel.writing = true;
    channel.written = 0;
    return;
  }
  const std::uint32_t piece = write_piece(channel);
  channel.next += bus(channel.next, channel.destination + channel.written, piece, true);
  channel.written += piece;
  if (channel.written < channel.burst) {
    channel.next += p_.dma_access_cycles;
    return;
  }
  channel.writing = false;
  ledger_.count(dma_byte_, channel.burst);
  activity_.record(in_weights(channel.destination) ? base::Cause::kWeightLoad : base::Cause::kDma,
                   channel.recorded_to, channel.next);
  channel.recorded_to = channel.next;
  channel.source += channel.burst;
  channel.destination += channel.burst;
  channel.left -= channel.burst;
  next_burst(channel);
  if (!channel.running) finish_at(kDmaBit + number, channel.next);
  channel.next += p_.dma_access_cycles;
}

/// Lets the DMA make every access that begins at `until` or before.
void CostChip::advance(std::uint64_t until) {
  while (true) {
    unsigned first = 2;
    for (unsigned n = 0; n < 2; ++n) {
      const Channel& channel = channels_[n];
      if (!channel.running || channel.next > until) continue;
      if (first == 2 || channel.next < channels_[first].next) first = n;
    }
    if (first == 2) return;
    step(first);
  }
}

std::uint64_t CostChip::next_finish() {
  while (true) {
    std::uint64_t first = kNever;
    for (std::uint32_t left = under_way_; left != 0; left &= left - 1) {
      first = std::min(first, ends_[static_cast<unsigned>(__builtin_ctz(left))]);
    }
    // A transfer under way may end before: its end is known once its last burst has begun.
    std::uint64_t next = kNever;
    for (const Channel& channel : channels_) {
      if (channel.running) next = std::min(next, channel.next);
    }
    if (first == kNever && next == kNever) {
      throw base::ModelError("the cost of an image: a step waits for a unit that never ends");
    }
    if (next >= first) return first;
    advance(next);
  }
}

std::optional<unsigned> CostChip::finished(std::uint64_t cycle) {
  advance(cycle);
  // Interrupt sources: DMA 1 and 2, vector 3, macros 16 on.
  for (const unsigned first : {kDmaBit, kVectorBit, 0u}) {
    const unsigned end = first == kDmaBit ? kDmaBit + 2 : first == kVectorBit ? kVectorBit + 1 : 16;
    for (unsigned bit = first; bit < end; ++bit) {
      if ((under_way_ >> bit & 1) != 0 && ends_[bit] <= cycle) return bit;
    }
  }
  return std::nullopt;
}

std::uint64_t CostChip::occupy(std::uint64_t cycle, std::uint32_t address, std::uint32_t length,
                               std::uint32_t stride, std::uint64_t runs, std::uint64_t reads,
                               std::uint64_t writes, std::uint64_t cycles) {
  ledger_.count(lmem_read_, reads);
  ledger_.count(lmem_write_, writes);
  const std::uint64_t beats = reads + writes;
  const std::uint64_t all = std::uint64_t{length} * runs;
  if (beats == 0 || all == 0) return 0;
  const std::uint64_t in_a =
      bytes_below(address, length, stride, runs, registers::kLmemBase + p_.lmem_bank_bytes);
  const std::uint64_t beats_a = (beats * in_a + all - 1) / all;
  std::uint64_t extra = 0;
  if (beats_a > 0) extra = banks_[0].occupy(cycle, beats_a, cycles);
  if (beats > beats_a) {
    extra = std::max(extra, banks_[1].occupy(cycle, beats - beats_a, cycles));
  }
  return extra;
}

void CostChip::start(const leyden_step& step, std::uint64_t cycle, std::uint64_t delay,
                     const LayerActivity& activity) {
  advance(cycle);
  const unsigned instance = step.unit >> 8;
  switch (step.unit & 0xffu) {
    case LEYDEN_UNIT_CIM:
      under_way_ |= LEYDEN_WAIT_CIM(instance);
      return start_cim(step, instance, cycle, cycle + delay, activity);
    case LEYDEN_UNIT_VECTOR:
      under_way_ |= LEYDEN_WAIT_VECTOR;
      return start_vector(step, cycle, cycle + delay);
    default:
      under_way_ |= LEYDEN_WAIT_DMA(instance);
      return start_dma(step, instance, cycle + delay);
  }
}

void CostChip::start_cim(const leyden_step& step, unsigned macro, std::uint64_t cycle,
                         std::uint64_t begin, const LayerActivity& activity) {
  cim::JobWords words;
  std::copy_n(step.words, words.size(), words.begin());
  const cim::DecodedJob decoded = cim::decode_job(words);
  const cim::Job& job = decoded.job;
  // 1. Time: the unit's own closed form, and the ports of LMEM.
  const cim::JobTiming timing = cim::job_timing(job, p_.macro, p_.clock_hz);
  const std::uint64_t positions = job.positions();
  const std::uint64_t extra = std::max(
      occupy(cycle, decoded.in_address, job.in_channels, job.in_pixel_stride,
             std::uint64_t{job.in_width} * job.in_height, timing.read_beats, 0, timing.feed_end),
      occupy(cycle, decoded.out_address, job.position_bytes(), job.out_pixel_stride, positions, 0,
             timing.write_beats, timing.cycles));
  base::CauseCycles split = timing.split;
  split[static_cast<std::size_t>(base::Cause::kStall)] += extra;
  activity_.record_job(begin, split);
  finish_at(macro, begin + timing.cycles + extra);
  // 2. Energy: counts that the steps tell, and expected ones.
  const cim::WeightLayout& layout = p_.macro.layout(job.weight_bits);
  const double digits = p_.macro.drive.digits(job.in_bits);
  const double highest = p_.macro.drive.highest_digit();
  const auto or_half = [](double value, double all) { return value < 0 ? all / 2 : value; };
  const double codes = static_cast<double>(positions) * job.window_count;
  cim::ExpectedDrive drive;
  drive.levels = codes * or_half(activity.levels_per_code, digits * highest);
  drive.digits = codes * or_half(activity.digits_per_code, digits);
  drive.cell_levels_row =
      job.outputs *
      or_half(activity.cell_levels, layout.width() * double(p_.macro.cells.highest_level()));
  cim::JobCounts counts = cim::expect_counts(job, p_.macro, drive);
  counts.feed_bytes = timing.feed_bytes;
  macro_events_.count_macro(job, counts);
  macro_events_.count_transport(counts);
  stages_.mvm += timing.mvm_cycles * positions;
  stages_.convert += timing.convert_cycles * positions;
  stages_.feed += timing.read_beats;
  stages_.write_back += timing.write_beats;
  macro_busy_[macro] += timing.cycles + extra;
}

void CostChip::start_vector(const leyden_step& step, std::uint64_t cycle, std::uint64_t begin) {
  std::array<std::uint32_t, vector::kJobWords> words;
  std::copy_n(step.words, words.size(), words.begin());
  const vector::VectorJob job = vector::decode_job(words);
  const vector::VectorWork work = vector::vector_work(job, p_.vector);
  const std::uint64_t base = vector::vector_timing(work, p_.vector).total_cycles;
  std::uint64_t extra = 0;
  const auto use = [&](std::uint32_t address, std::uint64_t bytes, std::uint32_t stride,
                       std::uint32_t runs, bool write) {
    std::uint64_t beats = 0;
    for (std::uint32_t run = 0; run < runs; ++run) {
      beats += vector::beats(address + std::uint64_t{run} * stride, bytes, p_.vector.port_bytes);
    }
    extra = std::max(extra, occupy(cycle, address, static_cast<std::uint32_t>(bytes), stride, runs,
                                   write ? 0 : beats, write ? beats : 0, base));
  };
  const bool accumulates = job.operation() == vector::Operation::kAccumulate;
  const std::uint64_t bytes = job.source_bytes();
  const auto dense = static_cast<std::uint32_t>(bytes);
  use(job.source0, bytes, accumulates ? job.part_stride : dense, accumulates ? job.parts : 1,
      false);
  if (job.operation() == vector::Operation::kAdd) use(job.source1, bytes, dense, 1, false);
  if (job.has_table()) {
    use(job.table, job.table_bytes(), static_cast<std::uint32_t>(job.table_bytes()), 1, false);
  }
  use(job.destination, job.outputs(), static_cast<std::uint32_t>(job.outputs()), 1, true);
  activity_.record(base::Cause::kVector, begin, begin + base + extra);
  finish_at(kVectorBit, begin + base + extra);
  stages_.vector += base + extra;
  switch (job.operation()) {
    case vector::Operation::kMaxPool:
      ledger_.count(compare_, work.element_operations);
      break;
    case vector::Operation::kAveragePool:
    case vector::Operation::kAccumulate:
      ledger_.count(add_, work.element_operations);
      ledger_.count(multiply_wide_, job.outputs());
      break;
    case vector::Operation::kAdd:
      ledger_.count(multiply_narrow_, 2 * job.outputs());
      ledger_.count(add_, job.outputs());
      break;
    case vector::Operation::kScale:
      ledger_.count(multiply_narrow_, job.outputs());
      break;
    case vector::Operation::kLookup:
      ledger_.count(add_, job.outputs());
      break;
  }
}

void CostChip::start_dma(const leyden_step& step, unsigned number, std::uint64_t begin) {
  Channel& channel = channels_[number];
  channel = {};
  std::copy_n(step.words, channel.words.size(), channel.words.begin());
  channel.row_bytes = step.words[2];
  channel.rows = step.words[3];
  // Rows that follow each other on both sides are one row.
  if (step.words[4] == step.words[2] && step.words[5] == step.words[2]) {
    channel.row_bytes *= channel.rows;
    channel.rows = 1;
  }
  channel.running = true;
  channel.next = begin + p_.dma_prepare_cycles + p_.dma_access_cycles;
  channel.recorded_to = begin;
  channel.source = step.words[0];
  channel.destination = step.words[1];
  channel.left = channel.row_bytes;
  channel.burst = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      channel.left, p_.dma_burst_bytes - channel.source % p_.dma_burst_bytes));
  finish_at(kDmaBit + number, kNever);
}

void CostChip::count_instructions(const std::array<std::uint64_t, kInstructionClassCount>& counts,
                                  std::uint64_t sram_reads, std::uint64_t sram_writes) {
  for (std::size_t i = 0; i < counts.size(); ++i) ledger_.count(instruction_[i], counts[i]);
  ledger_.count(sram_read_, sram_reads);
  ledger_.count(sram_write_, sram_writes);
}

void CostChip::pass(std::uint64_t cycles) {
  ledger_.count(clock_, cycles);
  ledger_.count(leakage_, cycles);
}

}  // namespace leyden::compiler
