#include <algorithm>
#include <string>

#include "models/base/activity_observer.h"
#include "models/base/error.h"
#include "models/cpu/core.h"

// The memory a hart sees, over the sockets of the core.
namespace leyden::cpu {

/// Makes one access at the kernel's time. `delay` is what the accesses of this instruction have
/// taken so far.
/// @param lock  nobody else's transaction comes before the next one
BusResult Core::access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay, bool lock) {
  const auto address = static_cast<std::uint32_t>(payload.get_address());
  if (base::ActivityObserver* observer = context_.activity.observer()) {
    observer->core_pc(hart_.pc(), synchronised_cycle_);
  }
  const sc_core::sc_time before = sc_core::sc_time_stamp();
  if (in_sram(address)) {
    payload.set_address(address - sram_first_);
    sram->b_transport(payload, delay);
  } else if (phased_) {
    access_in_phases(payload, delay, lock);
  } else {
    bus->b_transport(payload, delay);
  }
  const std::uint64_t period = context_.clock.period().value();
  BusResult result;
  result.ok = payload.is_response_ok();
  result.may_be_direct = payload.is_dmi_allowed();
  result.wait_cycles = (delay.value() + period - 1) / period;
  // Targets of pins (platform/cosim) let the kernel's time pass instead of telling a delay. With
  // phases that has been counted.
  const sc_core::sc_time passed = sc_core::sc_time_stamp() - before;
  if (passed != sc_core::SC_ZERO_TIME && !(phased_ && !in_sram(address))) {
    const std::uint64_t cycles = (passed.value() + period - 1) / period;
    synchronised_cycle_ += cycles;
    result.wait_cycles += cycles;
  }
  return result;
}

/// Lets the kernel's time pass with the transaction; the hart catches up by `delay`.
void Core::access_in_phases(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay, bool lock) {
  in_access_ = true;
  master_.transport(*bus.operator->(), payload, lock);
  in_access_ = false;
  const sc_core::sc_time edge = context_.clock.next_edge(sc_core::sc_time_stamp());
  if (edge > sc_core::sc_time_stamp()) wait(edge - sc_core::sc_time_stamp());
  const std::uint64_t cycle = std::max(synchronised_cycle_, context_.clock.cycles_at(edge));
  delay += context_.clock.cycles(cycle - synchronised_cycle_);
  synchronised_cycle_ = cycle;
  settle();
}

BusResult Core::read(std::uint32_t address, void* data, unsigned bytes, AccessKind,
                     std::uint64_t cycle) {
  const std::uint64_t now = synchronise_at(cycle);
  sc_core::sc_time delay;
  BusResult result = access(payload_.read(address, data, bytes), delay);
  result.wait_cycles += now - cycle;
  return result;
}

BusResult Core::write(std::uint32_t address, const void* data, unsigned bytes,
                      std::uint64_t cycle) {
  const std::uint64_t now = synchronise_at(cycle);
  // Whoever is written to may close a window of the report.
  record_activity(std::max(awake_since_, now));
  sc_core::sc_time delay;
  BusResult result = access(payload_.write(address, data, bytes), delay);
  result.wait_cycles += now - cycle;
  return result;
}

BusResult Core::update(std::uint32_t address, std::uint32_t (*change)(void*, std::uint32_t),
                       void* context, std::uint64_t cycle) {
  const std::uint64_t now = synchronise_at(cycle);
  record_activity(std::max(awake_since_, now));
  sc_core::sc_time delay;
  std::uint32_t word = 0;
  // No wait between the two, or a lock: nothing can come in between.
  BusResult result = access(payload_.read(address, &word, 4), delay, true);
  if (result.ok) {
    word = change(context, word);
    result = access(payload_.write(address, &word, 4), delay);
  }
  result.wait_cycles += now - cycle;
  return result;
}

void Core::on_direct(std::uint32_t address, unsigned bytes, bool write, std::uint64_t cycle) {
  base::ActivityObserver* observer = context_.activity.observer();
  if (observer != nullptr && in_sram(address)) {
    observer->sram_access(address - sram_first_, bytes, write, cycle);
  }
}

bool Core::direct(std::uint32_t address, DirectMemory& out) {
  if (in_sram(address)) return request_direct(sram, sram_first_, address, out);
  return request_direct(bus, 0, address, out);
}

template <class Socket>
bool Core::request_direct(Socket& socket, std::uint64_t base, std::uint32_t address,
                          DirectMemory& out) {
  tlm::tlm_dmi dmi;
  tlm::tlm_generic_payload& payload = payload_.request(tlm::TLM_READ_COMMAND, address - base);
  if (!socket->get_direct_mem_ptr(payload, dmi) || !dmi.is_read_write_allowed()) return false;
  if (dmi.get_read_latency() != sc_core::SC_ZERO_TIME ||
      dmi.get_write_latency() != sc_core::SC_ZERO_TIME) {
    throw base::UsageError(
        "the core's port of the SRAM has a latency of its own; set sram.core_latency_cycles to 0 "
        "and "
        "give the whole time of an access in core.load_cycles and core.store_cycles");
  }
  const std::uint64_t first = dmi.get_start_address() + base;
  const std::uint64_t last = std::min<std::uint64_t>(dmi.get_end_address() + base, 0xffffffffu);
  out = {dmi.get_dmi_ptr(), static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last)};
  return address >= first && address <= last;
}

void Core::invalidate_bus(sc_dt::uint64 first, sc_dt::uint64 last) {
  hart_.invalidate_direct(static_cast<std::uint32_t>(std::min<sc_dt::uint64>(first, 0xffffffffu)),
                          static_cast<std::uint32_t>(std::min<sc_dt::uint64>(last, 0xffffffffu)));
}

void Core::invalidate_sram(sc_dt::uint64 first, sc_dt::uint64 last) {
  const sc_dt::uint64 least = std::min<sc_dt::uint64>(first, sram_bytes_);
  const sc_dt::uint64 most = std::min<sc_dt::uint64>(last, sram_bytes_);
  invalidate_bus(sram_first_ + least, sram_first_ + most);
}

}  // namespace leyden::cpu
