#include "platform/trace/call_stack.h"

namespace leyden::trace {

void CallStack::push(const Activation& activation) {
  if (frames_.size() >= kMostFrames) return;
  frames_.push_back(activation);
  listener_.entered(activation);
}

void CallStack::shrink(std::size_t size) {
  while (frames_.size() > size) {
    const Activation ended = frames_.back();
    frames_.pop_back();
    listener_.left(ended);
  }
}

void CallStack::call(CodeMap::Index callee, std::uint32_t from, std::uint32_t return_address,
                     const Cost& now) {
  Activation activation;
  activation.function = callee;
  activation.called_from = from;
  activation.return_address = return_address;
  activation.at_entry = now;
  push(activation);
}

void CallStack::enter_trap(CodeMap::Index handler, std::uint32_t from, const Cost& now) {
  Activation activation;
  activation.function = handler;
  activation.called_from = from;
  activation.return_address = from;
  activation.trap = true;
  activation.at_entry = now;
  push(activation);
}

void CallStack::leave_trap() {
  for (std::size_t i = frames_.size(); i > 0; --i) {
    if (frames_[i - 1].trap) return shrink(i - 1);
  }
}

void CallStack::return_to(std::uint32_t address) {
  const std::size_t least = frames_.size() > kSearch ? frames_.size() - kSearch : 0;
  for (std::size_t i = frames_.size(); i > least; --i) {
    if (frames_[i - 1].root || frames_[i - 1].return_address != address) continue;
    while (frames_[i - 1].tail && i > 1) --i;
    return shrink(i - 1);
  }
}

void CallStack::resynchronise(CodeMap::Index function, std::uint32_t pc, std::uint32_t from,
                              const Cost& now) {
  Activation activation;
  activation.function = function;
  activation.called_from = from;
  activation.at_entry = now;
  if (frames_.empty()) {
    activation.root = true;
    return push(activation);
  }
  const bool at_start = code_.function(function).first == pc;
  const std::size_t least = frames_.size() > kSearch ? frames_.size() - kSearch : 0;
  bool only_tails = true;
  for (std::size_t i = frames_.size(); i > least; --i) {
    const Activation& frame = frames_[i - 1];
    // A jump to a function's start is a call in place of the caller; those that jump to each other
    // for ever are kept once each. A jump into its middle goes back to where it was left.
    if (frame.function == function && (!at_start || only_tails)) {
      shrink(i);
      return;
    }
    only_tails = only_tails && frame.tail;
    if (at_start && !only_tails) break;
  }
  activation.tail = true;
  activation.return_address = frames_.back().return_address;
  activation.root = frames_.back().root;
  push(activation);
}

}  // namespace leyden::trace
