#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/chip/chip.h"
#include "platform/trace/call_stack.h"
#include "platform/trace/call_tracker.h"
#include "platform/trace/code_map.h"
#include "platform/trace/debug_info.h"
#include "platform/trace/energy_table.h"
#include "platform/trace/pc_map.h"
#include "platform/trace/tool.h"

namespace leyden::trace {

/// Calls from one place to one function.
struct CallEdge {
  CodeMap::Index caller = CodeMap::kNowhere;
  std::uint32_t from = 0;  ///< pc of the call
  CodeMap::Index callee = CodeMap::kNowhere;
  std::uint64_t calls = 0;
  Cost inclusive;  ///< of the callee and all it called
};

/// What one function cost.
struct FunctionCost {
  Cost self;
  Cost inclusive;  ///< with all it called; recursion is counted once
  std::uint64_t calls = 0;
};

/// Cycles, instructions, waits and energy of the core by instruction, by function and by call, from
/// the moment it is attached. Every cycle of the core is in it once.
class Profile : public Tool, private CallStack::Listener {
 public:
  /// @param path where the callgrind file goes, "-" for the table alone
  /// @param program path of the program, for the file
  Profile(const std::string& path, chip::Chip& chip, const std::string& program,
          const DebugInfo& debug);

  void retired(const cpu::Retired& event) override;
  void trapped(const cpu::Trapped& event) override;
  void slept(std::uint64_t from, std::uint64_t to) override;
  std::string finish() override;

  /// Ends the calls under way and adds the cycles that no event has told yet.
  void close(std::uint64_t cycles, std::uint32_t pc);

  const CodeMap& code() const { return code_; }
  const Cost& total() const { return total_; }
  const std::vector<FunctionCost>& functions() const { return functions_; }  ///< by CodeMap::Index
  /// Calls `visit(pc, function, cost)` for each instruction that ran, upwards.
  template <class Visit>
  void for_each_instruction(const Visit& visit) const {
    records_.for_each([&](std::uint32_t pc, const Record& record) {
      if (record.cost.cycles != 0 || record.cost.instructions != 0) {
        visit(pc, record.function, record.cost);
      }
    });
  }
  std::vector<CallEdge> edges() const;  ///< by caller, place and callee

 private:
  struct Record : CodePlace {
    Cost cost;
  };

  Record& record_at(std::uint32_t pc);
  void add(Record& record, const Cost& cost);
  void entered(const Activation& activation) override;
  void left(const Activation& activation) override;
  CallEdge& edge(CodeMap::Index caller, std::uint32_t from, CodeMap::Index callee);

  std::string path_;
  std::string program_;
  chip::Chip& chip_;
  const DebugInfo& debug_;
  CodeMap code_;
  EnergyTable energies_;
  CallTracker calls_;
  PcMap<Record> records_;
  std::uint64_t first_cycle_;
  Cost total_;
  std::vector<FunctionCost> functions_;
  std::vector<std::uint32_t> active_;  ///< activations under way, by function
  std::unordered_map<std::uint64_t, CallEdge> edges_;
  std::vector<CodeMap::Index> callers_;  ///< of the activations under way
};

/// The profile as a callgrind file (format of valgrind's documentation, "Callgrind Format
/// Specification"). @param program named in it
std::string callgrind_text(const Profile& profile, const DebugInfo& debug,
                           const std::string& program);
/// The profile as a table of functions, the most expensive first.
std::string profile_table(const Profile& profile);

}  // namespace leyden::trace
