#include "platform/compiler/step_list.h"

#include <algorithm>

namespace leyden::compiler {
namespace {

unsigned bit_of(const leyden_step& step) {
  const unsigned instance = step.unit >> 8;
  switch (step.unit & 0xffu) {
    case LEYDEN_UNIT_CIM:
      return instance;
    case LEYDEN_UNIT_VECTOR:
      return 16;
    default:
      return 24 + instance;
  }
}

/// Both have the stride and more than one run, and their runs never meet within a stride.
bool interleaved(const Region& a, const Region& b) {
  if (a.stride != b.stride || a.stride == 0) return false;
  const std::uint64_t at_a = a.first % a.stride;
  const std::uint64_t at_b = b.first % b.stride;
  if (at_a + a.length > a.stride || at_b + b.length > b.stride) return false;
  return at_a + a.length <= at_b || at_b + b.length <= at_a;
}

bool conflict(const std::vector<Use>& running, const std::vector<Use>& uses) {
  for (const Use& a : running) {
    for (const Use& b : uses) {
      if ((a.writes || b.writes) && may_overlap(a.region, b.region)) return true;
    }
  }
  return false;
}

}  // namespace

bool may_overlap(const Region& a, const Region& b) {
  if (a.space != b.space || a.end() <= b.first || b.end() <= a.first) return false;
  return !interleaved(a, b);
}

void StepList::begin(std::vector<leyden_step>& steps) {
  steps_ = &steps;
  for (std::vector<Use>& uses : running_) uses.clear();
}

std::uint32_t StepList::in_the_way(const std::vector<Use>& uses) const {
  std::uint32_t mask = 0;
  for (unsigned bit = 0; bit < running_.size(); ++bit) {
    if (conflict(running_[bit], uses)) mask |= 1u << bit;
  }
  return mask;
}

void StepList::add(leyden_step step, const std::vector<Use>& uses) {
  const bool core = (step.unit & 0xffu) == LEYDEN_UNIT_CORE;  // done when the next step begins
  const std::uint32_t own = core ? 0 : 1u << bit_of(step);
  step.wait_mask = in_the_way(uses) & ~own;
  steps_->push_back(step);
  for (unsigned bit = 0; bit < running_.size(); ++bit) {
    if (((step.wait_mask | own) >> bit & 1) != 0) running_[bit].clear();
  }
  if (!core) running_[bit_of(step)] = uses;
}

}  // namespace leyden::compiler
