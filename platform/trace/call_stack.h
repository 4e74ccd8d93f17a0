#pragma once

#include <cstdint>
#include <vector>

#include "platform/trace/code_map.h"

namespace leyden::trace {

/// What code cost.
struct Cost {
  std::uint64_t cycles = 0;
  std::uint64_t instructions = 0;
  std::uint64_t waited = 0;     ///< cycles beyond what the instructions' classes cost
  std::uint64_t energy_aj = 0;  ///< attojoule: whole numbers, so that sums are exact

  Cost& operator+=(const Cost& other) {
    cycles += other.cycles;
    instructions += other.instructions;
    waited += other.waited;
    energy_aj += other.energy_aj;
    return *this;
  }
  friend Cost operator-(Cost a, const Cost& b) {
    a.cycles -= b.cycles;
    a.instructions -= b.instructions;
    a.waited -= b.waited;
    a.energy_aj -= b.energy_aj;
    return a;
  }
};

/// One activation of a function.
struct Activation {
  CodeMap::Index function = CodeMap::kNowhere;
  std::uint32_t called_from = 0;     ///< pc of the call, or the one that a trap interrupted
  std::uint32_t return_address = 0;  ///< that of the caller when it was a tail call
  bool tail = false;                 ///< entered by a jump: it returns to its caller's caller
  bool trap = false;                 ///< entered by a trap: mret ends it
  bool root = false;                 ///< nobody called it
  Cost at_entry;                     ///< of the whole run when it was entered
};

/// The functions under way, reckoned from calls, returns, traps and jumps alone; what the stack in
/// memory says does not matter. Whoever uses it is told of each activation that ends.
class CallStack {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void entered(const Activation& activation) = 0;
    virtual void left(const Activation& activation) = 0;
  };

  CallStack(const CodeMap& code, Listener& listener) : code_(code), listener_(listener) {}

  bool empty() const { return frames_.empty(); }
  const Activation& top() const { return frames_.back(); }
  std::size_t depth() const { return frames_.size(); }

  void call(CodeMap::Index callee, std::uint32_t from, std::uint32_t return_address,
            const Cost& now);
  void enter_trap(CodeMap::Index handler, std::uint32_t from, const Cost& now);
  void leave_trap();
  void return_to(std::uint32_t address);
  /// An instruction of `function` runs at `pc` though another function is on top: a tail call, code
  /// that runs on into the next function, or a jump over several frames (longjmp).
  void resynchronise(CodeMap::Index function, std::uint32_t pc, std::uint32_t from,
                     const Cost& now);
  /// Ends all.
  void unwind() { shrink(0); }

 private:
  /// More are not kept apart: an endless recursion must not take all memory.
  static constexpr std::size_t kMostFrames = 1 << 18;
  /// Frames looked through for a return address.
  static constexpr std::size_t kSearch = 4096;

  void push(const Activation& activation);
  void shrink(std::size_t size);

  const CodeMap& code_;
  Listener& listener_;
  std::vector<Activation> frames_;
};

}  // namespace leyden::trace
