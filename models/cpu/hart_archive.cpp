#include "models/base/archive.h"

#include "models/cpu/hart.h"

// The state of a hart as it stands between two instructions. A new register is one more name here.
namespace leyden::cpu {

void Counters::archive(base::Archive& a) {
  a(inhibit_, base_);
  for (std::uint8_t& event : event_) a.below(event, kEventCount);
}

void Pmp::archive(base::Archive& a) {
  a.same(regions_, "the number of PMP regions");
  a(configuration_, address_);
  if (a.restoring()) changed();
}

void CsrFile::archive(base::Archive& a) {
  a(privilege_, mstatus_, mie_, mip_, mtvec_, mcounteren_, menvcfg_);
  a(mscratch_, mepc_, mcause_, mtval_);
  a(counters_, pmp_);
  if (privilege_ != Privilege::kUser && privilege_ != Privilege::kMachine) {
    a.refuse("the core is in a mode that it has not");
  }
}

void Hart::LastTrap::archive(base::Archive& a) {
  a(active, cause, pc, retired, repeats, outer_cause, outer_pc);
  a(returned_at, returns, registers);
}

void Hart::EventTotals::archive(base::Archive& a) {
  a(blocks, taken_branches, fetch_waits, bus_wait_cycles, traps, interrupts, sleep_cycles);
}

void Hart::archive(base::Archive& a) {
  HartState& s = state_;
  move_counts();
  // The rest of a block that was left in the middle becomes a block of its own, as after a flush.
  std::uint32_t carry = s.carry;
  if (resume_.block != nullptr && resume_.index > 0) {
    carry = loaded_register(resume_.block->ops[resume_.index - 1]);
  }
  // What says nothing depends on how the code was run: a jump costs nothing at an aligned target,
  // and x0 has no value.
  if ((s.pc & 2) == 0) carry &= ~1u;
  s.x[kDiscard] = 0;
  a(s.x, s.pc, carry, s.cycles, s.retired);
  a(s.reserved, s.reservation);
  a(totals_.instructions, totals_.fetch_words, totals_.direct_reads, totals_.direct_writes);
  a(csr_, events_, last_trap_, storm_cause_, storm_entries_, in_interrupt_);
  if (!a.restoring()) return;
  s.carry = carry;
  observation_.until = s.cycles;
  resume_ = Resume();
  flush_pending_ = true;
  forget_pages();
  rights_changed();
}

}  // namespace leyden::cpu
