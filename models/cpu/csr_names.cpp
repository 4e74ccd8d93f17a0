#include <algorithm>
#include <deque>
#include <string>

#include "models/cpu/csr.h"

// Names of the CSRs, for texts and debuggers.
namespace leyden::cpu {
namespace {

constexpr NamedCsr kSingle[] = {
    {kMstatus, "mstatus"},
    {kMisa, "misa"},
    {kMie, "mie"},
    {kMtvec, "mtvec"},
    {kMcounteren, "mcounteren"},
    {kMenvcfg, "menvcfg"},
    {kMstatush, "mstatush"},
    {kMenvcfgh, "menvcfgh"},
    {kMcountinhibit, "mcountinhibit"},
    {kMscratch, "mscratch"},
    {kMepc, "mepc"},
    {kMcause, "mcause"},
    {kMtval, "mtval"},
    {kMip, "mip"},
    {kMcycle, "mcycle"},
    {kMinstret, "minstret"},
    {kMcycleh, "mcycleh"},
    {kMinstreth, "minstreth"},
    {kCycle, "cycle"},
    {kTime, "time"},
    {kInstret, "instret"},
    {kCycleh, "cycleh"},
    {kTimeh, "timeh"},
    {kInstreth, "instreth"},
    {kMvendorid, "mvendorid"},
    {kMarchid, "marchid"},
    {kMimpid, "mimpid"},
    {kMhartid, "mhartid"},
    {kMconfigptr, "mconfigptr"},
};

struct Numbered {
  std::uint32_t first;
  std::uint32_t last;
  const char* stem;
  unsigned number;  ///< of the first
  const char* suffix;
};
constexpr Numbered kNumbered[] = {
    {kMhpmevent3, kMhpmevent31, "mhpmevent", 3, ""},
    {kPmpcfg0, kPmpcfg3, "pmpcfg", 0, ""},
    {kPmpaddr0, kPmpaddr15, "pmpaddr", 0, ""},
    {kMhpmcounter3, kMhpmcounter31, "mhpmcounter", 3, ""},
    {kMhpmcounter3h, kMhpmcounter31h, "mhpmcounter", 3, "h"},
    {kHpmcounter3, kHpmcounter31, "hpmcounter", 3, ""},
    {kHpmcounter3h, kHpmcounter31h, "hpmcounter", 3, "h"},
};

struct NameTable {
  std::deque<std::string> texts;  ///< stay where they are
  std::vector<NamedCsr> rows;

  NameTable() : rows(std::begin(kSingle), std::end(kSingle)) {
    for (const Numbered& group : kNumbered) {
      for (std::uint32_t n = group.first; n <= group.last; ++n) {
        texts.push_back(group.stem + std::to_string(group.number + n - group.first) + group.suffix);
        rows.push_back({n, texts.back()});
      }
    }
    std::sort(rows.begin(), rows.end(),
              [](const NamedCsr& a, const NamedCsr& b) { return a.number < b.number; });
  }
};

}  // namespace

const std::vector<NamedCsr>& named_csrs() {
  static const NameTable table;
  return table.rows;
}

std::string_view csr_name(std::uint32_t number) {
  const auto& rows = named_csrs();
  const auto found =
      std::lower_bound(rows.begin(), rows.end(), number,
                       [](const NamedCsr& row, std::uint32_t n) { return row.number < n; });
  return found != rows.end() && found->number == number ? found->name : std::string_view();
}

}  // namespace leyden::cpu
