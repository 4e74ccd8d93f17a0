// Which alternatives of two stages can stand together, as the rules of combinations.cpp have it.
//
// Usage: cim_support_matrix [--check FILE]
// Prints docs/models/cim-support.md; with --check compares a file with it.
#include <algorithm>
#include <bitset>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "models/cim/combinations.h"
#include "tests/models/cim/chip_parameters.h"

namespace {

using namespace leyden;
using cim::MacroParameters;

struct Alternative {
  std::string name;
  std::function<void(MacroParameters&)> choose;
};

/// One key and what it can be.
struct Key {
  std::string stage;
  std::string name;
  std::vector<Alternative> alternatives;
};

template <typename Set>
Alternative is(const std::string& name, Set set) {
  return {name, set};
}

using M = MacroParameters;

std::vector<Key> drive_and_cells() {
  using cim::CellKind;
  using cim::DriveKind;
  using cim::DriveOrder;
  using cim::Representation;
  const auto representation = [](Representation kind) {
    return [kind](M& m) { m.cells.representation = kind; };
  };
  return {
      {"drive",
       "drive.kind",
       {is("bit_serial", [](M& m) { m.drive.kind = DriveKind::kBitSerial; }),
        is("dac", [](M& m) { m.drive.kind = DriveKind::kDac; })}},
      {"drive",
       "drive.bits",
       {is("1", [](M& m) { m.drive.bits = 1; }),
        is("several, below input_bits", [](M& m) { m.drive.bits = 4; }),
        is("input_bits", [](M& m) { m.drive.bits = 8; })}},
      {"drive",
       "drive.order",
       {is("lsb_first", [](M& m) { m.drive.order = DriveOrder::kLsbFirst; }),
        is("msb_first", [](M& m) { m.drive.order = DriveOrder::kMsbFirst; })}},
      {"drive",
       "drive.zero_skipping",
       {is("no", [](M& m) { m.drive.zero_skipping = false; }),
        is("yes", [](M& m) { m.drive.zero_skipping = true; })}},
      {"cell",
       "cell.kind",
       {is("charge", [](M& m) { m.cells.kind = CellKind::kCharge; }),
        is("rram",
           [](M& m) {
             m.cells.kind = CellKind::kRram;
             m.cells.on_conductance_us = 50;
           })}},
      {"cell",
       "cell.bits",
       {is("1", [](M& m) { m.cells.bits = 1; }), is("several", [](M& m) { m.cells.bits = 2; })}},
      {"cell",
       "cell.pages",
       {is("1", [](M& m) { m.cells.pages = 1; }), is("several", [](M& m) { m.cells.pages = 4; })}},
      {"representation",
       "cell.representation",
       {is("twos_complement", representation(Representation::kTwosComplement)),
        is("differential", representation(Representation::kDifferential)),
        is("shifted_unsigned", representation(Representation::kShiftedUnsigned)),
        is("ternary_pair", representation(Representation::kTernaryPair))}},
  };
}

std::vector<Key> line_to_post() {
  using cim::CombineKind;
  using cim::ConvertKind;
  using cim::DotProductKind;
  using cim::PostKind;
  using cim::ReferenceKind;
  const auto converter = [](ConvertKind kind) { return [kind](M& m) { m.convert.kind = kind; }; };
  const auto post = [](PostKind kind) { return [kind](M& m) { m.post.kind = kind; }; };
  return {
      {"dot product",
       "dot_product.kind",
       {is("charge_sharing", [](M& m) { m.dot_product.kind = DotProductKind::kChargeSharing; }),
        is("current_summing", [](M& m) { m.dot_product.kind = DotProductKind::kCurrentSumming; })}},
      {"dot product",
       "dot_product.rows_active",
       {is("all of a page", [](M& m) { m.dot_product.rows_active = 0; }),
        is("fewer", [](M& m) { m.dot_product.rows_active = 36; })}},
      {"combine",
       "combine.inputs",
       {is("charge_sharing", [](M& m) { m.combine.inputs = CombineKind::kChargeSharing; }),
        is("digital", [](M& m) { m.combine.inputs = CombineKind::kDigital; })}},
      {"combine",
       "combine.columns",
       {is("charge_sharing", [](M& m) { m.combine.columns = CombineKind::kChargeSharing; }),
        is("digital", [](M& m) { m.combine.columns = CombineKind::kDigital; })}},
      {"convert",
       "converter.kind",
       {is("sar", converter(ConvertKind::kSar)),
        is("charge_injection_sar", converter(ConvertKind::kChargeInjectionSar)),
        is("flash", converter(ConvertKind::kFlash))}},
      {"convert",
       "converter.reference",
       {is("replica", [](M& m) { m.convert.reference = ReferenceKind::kReplica; }),
        is("supply", [](M& m) { m.convert.reference = ReferenceKind::kSupply; })}},
      {"post",
       "post.kind",
       {is("abn", post(PostKind::kAbn)), is("none", post(PostKind::kNone)),
        is("digital_scale", post(PostKind::kDigitalScale)),
        is("adder_tree", post(PostKind::kAdderTree))}},
      {"timing",
       "pipelined",
       {is("no", [](M& m) { m.pipelined = false; }), is("yes", [](M& m) { m.pipelined = true; })}},
  };
}

/// Every configuration with the rules it breaks, as a bit mask.
class Space {
 public:
  Space() : keys_(drive_and_cells()) {
    for (Key& key : line_to_post()) keys_.push_back(std::move(key));
    std::size_t size = 1;
    for (const Key& key : keys_) {
      strides_.push_back(size);
      size *= key.alternatives.size();
    }
    broken_.resize(size);
    fill();
  }

  const std::vector<Key>& keys() const { return keys_; }
  std::size_t size() const { return broken_.size(); }
  std::uint64_t broken(std::size_t at) const { return broken_[at]; }
  std::size_t choice(std::size_t at, std::size_t key) const {
    return at / strides_[key] % keys_[key].alternatives.size();
  }
  std::size_t with(std::size_t at, std::size_t key, std::size_t choice) const {
    return at + (choice - this->choice(at, key)) * strides_[key];
  }

 private:
  void fill() {
    const auto& rules = cim::combination_rules();
    MacroParameters base = cim::read_macro_parameters(cim::test::imagine_parameters());
    base.dot_product.read_voltage_v = 0.2;
    base.combine.capacitance_ff = 20;
    for (std::size_t at = 0; at < broken_.size(); ++at) {
      MacroParameters& macro = base;
      macro.cells.on_conductance_us = 0;
      const auto representation = macro.cells.representation;
      const unsigned cell_bits = macro.cells.bits;
      for (std::size_t k = 0; k < keys_.size(); ++k) {
        keys_[k].alternatives[choice(at, k)].choose(macro);
      }
      if (macro.cells.representation != representation || macro.cells.bits != cell_bits) {
        macro.make_layouts();
      }
      for (std::size_t r = 0; r < rules.size(); ++r) {
        if (rules[r].broken(macro)) broken_[at] |= std::uint64_t{1} << r;
      }
    }
  }

  std::vector<Key> keys_;
  std::vector<std::size_t> strides_;
  std::vector<std::uint64_t> broken_;
};

/// Of a pair of alternatives: whether some configuration has both, and the rules that concern it.
struct Pair {
  bool possible = false;
  std::uint64_t rules = 0;    ///< broken with both, and not when either alone is chosen otherwise
  std::uint64_t nearest = 0;  ///< broken by the configurations that break the fewest
  std::size_t fewest = 64;    ///< how many those break
};

class Pairs {
 public:
  explicit Pairs(const Space& space) {
    std::size_t count = 0;
    for (const Key& key : space.keys()) {
      first_.push_back(count);
      count += key.alternatives.size();
    }
    pairs_.assign(count, std::vector<Pair>(count));
    const std::size_t keys = space.keys().size();
    std::vector<std::uint64_t> mended(keys);  // rules that another alternative of the key mends
    std::vector<std::size_t> chosen(keys);
    for (std::size_t at = 0; at < space.size(); ++at) {
      const std::uint64_t broken = space.broken(at);
      for (std::size_t k = 0; k < keys; ++k) {
        chosen[k] = first_[k] + space.choice(at, k);
        mended[k] = 0;
        if (broken == 0) continue;
        for (std::size_t other = 0; other < space.keys()[k].alternatives.size(); ++other) {
          mended[k] |= broken & ~space.broken(space.with(at, k, other));
        }
      }
      for (std::size_t a = 0; a < keys; ++a) {
        for (std::size_t b = a + 1; b < keys; ++b) {
          Pair& pair = pairs_[chosen[a]][chosen[b]];
          pair.possible = pair.possible || broken == 0;
          pair.rules |= mended[a] & mended[b];
          const std::size_t count_broken = std::bitset<64>(broken).count();
          if (count_broken < pair.fewest) pair.nearest = 0;
          pair.fewest = std::min(pair.fewest, count_broken);
          if (count_broken == pair.fewest) pair.nearest |= broken;
        }
      }
    }
  }

  const Pair& at(std::size_t key_a, std::size_t a, std::size_t key_b, std::size_t b) const {
    return pairs_[first_[key_a] + a][first_[key_b] + b];
  }

 private:
  std::vector<std::size_t> first_;
  std::vector<std::vector<Pair>> pairs_;
};

std::string cell_text(const Pair& pair) {
  std::string text = pair.possible ? "yes" : "no";
  const char* separator = pair.possible ? ", but " : ": ";
  for (std::size_t r = 0; r < 64; ++r) {
    if ((((pair.possible ? pair.rules : pair.nearest) >> r) & 1u) == 0) continue;
    text += separator + std::to_string(r + 1);
    separator = ", ";
  }
  return text;
}

void print_tables(const Space& space, const Pairs& pairs, std::ostream& out) {
  const std::vector<Key>& keys = space.keys();
  std::vector<std::string> stages;
  for (const Key& key : keys) {
    if (stages.empty() || stages.back() != key.stage) stages.push_back(key.stage);
  }
  for (std::size_t i = 0; i < stages.size(); ++i) {
    for (std::size_t j = i + 1; j < stages.size(); ++j) {
      out << "\n## " << stages[i] << " and " << stages[j] << "\n\n| |";
      std::string rule = "|---|";
      for (const Key& key : keys) {
        if (key.stage != stages[j]) continue;
        for (const Alternative& alternative : key.alternatives) {
          out << " `" << key.name << "` " << alternative.name << " |";
          rule += "---|";
        }
      }
      out << "\n" << rule << "\n";
      for (std::size_t a = 0; a < keys.size(); ++a) {
        if (keys[a].stage != stages[i]) continue;
        for (std::size_t x = 0; x < keys[a].alternatives.size(); ++x) {
          out << "| `" << keys[a].name << "` " << keys[a].alternatives[x].name << " |";
          for (std::size_t b = 0; b < keys.size(); ++b) {
            if (keys[b].stage != stages[j]) continue;
            for (std::size_t y = 0; y < keys[b].alternatives.size(); ++y) {
              out << " " << cell_text(pairs.at(a, x, b, y)) << " |";
            }
          }
          out << "\n";
        }
      }
    }
  }
}

std::string page() {
  std::ostringstream out;
  out << "# models/cim: what can be combined\n\n"
         "Made from the rules that `read_macro_parameters()` checks "
         "(`models/cim/combinations.cpp`) "
         "over all\nconfigurations of the keys below, with 8-bit inputs and weights; not written "
         "by "
         "hand. Anew:\n\n    build/release/tests/models/cim/cim_support_matrix > "
         "docs/models/cim-support.md\n\n"
         "*yes*: some macro has both. *yes, but 16*: some macro has both, others are excluded by\n"
         "rule 16, which holds only where both are chosen. *no: 3*: no macro has both, because of\n"
         "rule 3.\n\n## Rules\n\n"
         "| | cannot be | because |\n|---|---|---|\n";
  int number = 0;
  for (const cim::CombinationRule& rule : cim::combination_rules()) {
    out << "| " << ++number << " | " << rule.subject << " | " << rule.reason << " |\n";
  }
  const Space space;
  print_tables(space, Pairs(space), out);
  return out.str();
}

}  // namespace

int main(int count, char** arguments) {
  const std::string text = page();
  if (count == 3 && std::string(arguments[1]) == "--check") {
    std::ifstream file(arguments[2]);
    std::ostringstream held;
    held << file.rdbuf();
    if (held.str() == text) return 0;
    std::cerr << arguments[2] << " is not what the rules say; make it anew as it tells\n";
    return 1;
  }
  std::cout << text;
  return 0;
}
