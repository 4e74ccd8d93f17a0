#include "models/cpu/hart.h"

// The part of Hart that a debugger uses. Nothing of it is looked at while instructions run: no
// block begins at a breakpoint or goes past one, and no page with a watchpoint is among the known
// ones, so both come to the slow paths of decoding and memory.
namespace leyden::cpu {

void Hart::set_breakpoint(std::uint32_t pc) {
  points_.set_breakpoint(pc);
  debug_points_changed();
}

bool Hart::clear_breakpoint(std::uint32_t pc) {
  const bool there = points_.clear_breakpoint(pc);
  debug_points_changed();
  return there;
}

bool Hart::set_watchpoint(const Watchpoint& point) {
  const bool is_new = points_.set_watchpoint(point);
  debug_points_changed();
  return is_new;
}

bool Hart::clear_watchpoint(const Watchpoint& point) {
  const bool there = points_.clear_watchpoint(point);
  debug_points_changed();
  return there;
}

void Hart::clear_debug_points() {
  points_.clear();
  debug_points_changed();
}

void Hart::debug_points_changed() {
  forget_pages();
  flush_pending_ = true;
}

void Hart::go_on(bool one_step) {
  // Who is sent elsewhere stops at a breakpoint there.
  pass_watch_ = debug_event_.reason == DebugReason::kWatchpoint && !redirected_;
  alone_ = one_step || !redirected_;
  one_step_ = one_step;
  debug_event_ = DebugEvent();
  redirected_ = false;
}

void Hart::memory_changed() {
  if (cache_.is_single(resume_.block)) resume_ = Resume();
  flush_pending_ = true;
}

/// Whether a debugger is to look before an access; then the instruction does not begin.
bool Hart::is_held(const Op* op, std::uint32_t address, unsigned bytes, WatchKind access) {
  if (!points_.has_watchpoints() || pass_watch_) return false;
  const auto event = points_.watched(address, bytes, access);
  if (!event) return false;
  debug_event_ = *event;
  state_.exit = Exit::kHeld;
  state_.exit_op = op;
  return true;
}

/// An instruction was run or a trap taken after go_on().
void Hart::note_progress() {
  if (!alone_) return;
  if (one_step_ && debug_event_.reason == DebugReason::kNone) {
    debug_event_ = {DebugReason::kStep, state_.pc};
  }
  alone_ = one_step_ = pass_watch_ = false;
}

}  // namespace leyden::cpu
