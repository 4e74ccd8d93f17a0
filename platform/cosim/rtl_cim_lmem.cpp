#include "platform/cosim/rtl_cim_lmem.h"

#include <array>
#include <utility>

#include "models/base/error.h"

namespace leyden::cosim {
namespace {

constexpr unsigned kLanes = 16;

unsigned count_lanes(std::uint32_t lanes) {
  unsigned count = 0;
  for (; lanes != 0; lanes &= lanes - 1) ++count;
  return count;
}

}  // namespace

CimLmemSide::CimLmemSide(std::string unit) : unit_(std::move(unit)) {
  pins.r_gnt.write(true);
  pins.w_gnt.write(true);
}

void CimLmemSide::never_grant() {
  never_grants_ = true;
  pins.r_gnt.write(false);
  pins.w_gnt.write(false);
}

void CimLmemSide::begin(memory::LmemPortIf& lmem, const memory::Region& input,
                        const memory::Region& output) {
  lmem_ = &lmem;
  reads_ = {input, 0, 0};
  writes_ = {output, 0, 0};
  window_cycle_ = 0;
  read_bytes_ = 0;
  write_bytes_ = 0;
}

std::uint8_t* CimLmemSide::at(const Load& load, std::uint32_t address, std::uint32_t lanes,
                              const char* what) const {
  unsigned first = 0;
  unsigned last = kLanes - 1;
  while (first < last && (lanes >> first & 1) == 0) ++first;
  while (last > first && (lanes >> last & 1) == 0) --last;
  const std::uint64_t begin = std::uint64_t{address} + first;
  const std::uint64_t end = std::uint64_t{address} + last + 1;
  if (begin < load.region.address || end > load.region.end()) {
    throw base::ModelError(unit_ + ": the RTL " + what + " LMEM from " + hex(begin) + " to " +
                           hex(end - 1) + ", outside the job's region from " +
                           hex(load.region.address) + " to " + hex(load.region.end() - 1) +
                           ", at " + sc_core::sc_time_stamp().to_string());
  }
  return lmem_->data(load.region) + (begin - load.region.address) - first;
}

void CimLmemSide::read() {
  const std::uint32_t lanes = pins.r_strb.read();
  const std::uint8_t* from = at(reads_, pins.r_addr.read(), lanes, "reads");
  std::array<std::uint8_t, kLanes> beat{};
  for (unsigned i = 0; i < kLanes; ++i) {
    if ((lanes >> i & 1) != 0) beat[i] = from[i];
  }
  pins.r_data.write(pin_from_bytes<128>(beat.data()));
  read_bytes_ += count_lanes(lanes);
  ++reads_.beats;
}

void CimLmemSide::write() {
  const std::uint32_t lanes = pins.w_strb.read();
  std::uint8_t* to = at(writes_, pins.w_addr.read(), lanes, "writes");
  std::array<std::uint8_t, kLanes> beat{};
  pin_to_bytes<128>(pins.w_data.read(), beat.data());
  for (unsigned i = 0; i < kLanes; ++i) {
    if ((lanes >> i & 1) != 0) to[i] = beat[i];
  }
  for (unsigned first = 0; first < kLanes; ++first) {
    unsigned end = first;
    while (end < kLanes && (lanes >> end & 1) != 0) ++end;
    if (end == first) continue;
    lmem_->beat_written(std::uint64_t{pins.w_addr.read()} + first, end - first);
    first = end;
  }
  write_bytes_ += count_lanes(lanes);
  ++writes_.beats;
}

void CimLmemSide::charge(Load& load, bool reads, std::uint64_t cycles) {
  if (load.beats == 0) return;
  load.stalls += lmem_->occupy(load.region, reads ? load.beats : 0, reads ? 0 : load.beats, cycles);
  load.beats = 0;
}

CimLmemSide::Cycle CimLmemSide::on_edge() {
  Cycle cycle;
  const bool asks_read = pins.r_req.read();
  const bool asks_write = pins.w_req.read();
  cycle.read = asks_read && pins.r_gnt.read();
  cycle.written = asks_write && pins.w_gnt.read();
  cycle.stalled = asks_read != cycle.read || asks_write != cycle.written;
  if (cycle.read) read();
  if (cycle.written) write();
  pins.r_valid.write(cycle.read);
  if (++window_cycle_ == kWindow) {
    charge(reads_, true, kWindow);
    charge(writes_, false, kWindow);
    window_cycle_ = 0;
  }
  const auto grants = [this](Load& load) {
    if (never_grants_) return false;
    if (load.stalls == 0) return true;
    --load.stalls;
    return false;
  };
  pins.r_gnt.write(grants(reads_));
  pins.w_gnt.write(grants(writes_));
  return cycle;
}

void CimLmemSide::end() {
  const std::uint64_t cycles = window_cycle_ == 0 ? kWindow : window_cycle_;
  charge(reads_, true, cycles);
  charge(writes_, false, cycles);
}

}  // namespace leyden::cosim
