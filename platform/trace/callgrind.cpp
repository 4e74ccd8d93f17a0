#include <map>
#include <sstream>
#include <tuple>
#include <utility>

#include "platform/trace/profile.h"

namespace leyden::trace {
namespace {

constexpr std::uint64_t kAttojoules = 1000;  // of a femtojoule

/// Names are written once and then meant by number.
class Names {
 public:
  std::string operator()(const std::string& name) {
    const auto [place, added] = numbers_.try_emplace(name, numbers_.size() + 1);
    const std::string number = "(" + std::to_string(place->second) + ")";
    return added ? number + " " + name : number;
  }

 private:
  std::map<std::string, std::size_t> numbers_;
};

/// What belongs to one line of the source.
struct Place {
  std::string file;
  unsigned line = 0;

  bool operator<(const Place& other) const {
    return std::tie(file, line) < std::tie(other.file, other.line);
  }
};

struct FunctionLines {
  std::map<Place, Cost> self;
  std::map<std::pair<Place, CodeMap::Index>, CallEdge> calls;
};

class Writer {
 public:
  Writer(const Profile& profile, const DebugInfo& debug) : profile_(profile), debug_(debug) {
    functions_.resize(profile.code().size());
    profile.for_each_instruction([&](std::uint32_t pc, CodeMap::Index function, const Cost& cost) {
      functions_[function].self[place_of(pc)] += cost;
    });
    for (const CallEdge& edge : profile.edges()) {
      CallEdge& sum = functions_[edge.caller].calls[{place_of(edge.from), edge.callee}];
      sum.calls += edge.calls;
      sum.inclusive += edge.inclusive;
    }
    const Cost& sleep = profile.functions()[CodeMap::kSleep].self;
    if (sleep.cycles != 0) functions_[CodeMap::kSleep].self[{}] += sleep;
  }

  std::string text(const std::string& program) {
    out_ << "# callgrind format\nversion: 1\ncreator: leyden\ncmd: " << program
         << "\npositions: line\nevent: Cycles : Cycles of the core\n"
            "event: Instructions : Instructions retired\n"
            "event: WaitCycles : Cycles beyond the instructions' own\n"
            "event: Energy_fJ : Energy of the core and its SRAM (fJ)\n"
            "events: Cycles Instructions WaitCycles Energy_fJ\n";
    put_cost("summary:", profile_.total(), profile_.total().energy_aj / kAttojoules);
    for (CodeMap::Index i = 0; i < functions_.size(); ++i) {
      if (!functions_[i].self.empty() || !functions_[i].calls.empty()) put_function(i);
    }
    return out_.str();
  }

 private:
  Place place_of(std::uint32_t pc) const {
    const LineRow* row = debug_.row_of(pc);
    return row == nullptr ? Place() : Place{debug_.files()[row->file], row->line};
  }

  /// The place a function begins at.
  Place start_of(CodeMap::Index function) const {
    return place_of(profile_.code().function(function).first);
  }

  std::string file(const Place& place) { return files_(place.file.empty() ? "???" : place.file); }

  void put_cost(const std::string& before, const Cost& cost, std::uint64_t energy_fj) {
    out_ << before << ' ' << cost.cycles << ' ' << cost.instructions << ' ' << cost.waited << ' '
         << energy_fj << '\n';
  }

  void put_function(CodeMap::Index index) {
    const Place start = start_of(index);
    std::string current = start.file;
    out_ << "\nfl=" << file(start) << "\nfn=" << names_(profile_.code().function(index).name)
         << '\n';
    const auto go_to = [&](const Place& place) {
      if (place.file == current) return;
      // Lines of functions that were inlined into this one.
      out_ << (place.file == start.file ? "fe=" : "fi=") << file(place) << '\n';
      current = place.file;
    };
    for (const auto& [place, cost] : functions_[index].self) {
      go_to(place);
      // Femtojoules are rounded so that they add up to the whole.
      left_aj_ += cost.energy_aj;
      put_cost(std::to_string(place.line), cost, left_aj_ / kAttojoules);
      left_aj_ %= kAttojoules;
    }
    for (const auto& [key, edge] : functions_[index].calls) {
      const auto& [place, callee] = key;
      go_to(place);
      const Place target = start_of(callee);
      out_ << "cfi=" << file(target) << "\ncfn=" << names_(profile_.code().function(callee).name)
           << "\ncalls=" << edge.calls << ' ' << target.line << '\n';
      put_cost(std::to_string(place.line), edge.inclusive, edge.inclusive.energy_aj / kAttojoules);
    }
  }

  const Profile& profile_;
  const DebugInfo& debug_;
  std::vector<FunctionLines> functions_;
  std::ostringstream out_;
  Names files_;
  Names names_;
  std::uint64_t left_aj_ = 0;
};

}  // namespace

std::string callgrind_text(const Profile& profile, const DebugInfo& debug,
                           const std::string& program) {
  return Writer(profile, debug).text(program);
}

}  // namespace leyden::trace
