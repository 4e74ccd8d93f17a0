#include <algorithm>
#include <cstdio>

#include "models/base/energy_ledger.h"
#include "models/cpu/core.h"
#include "platform/chip/usage.h"
#include "platform/debug/chip_target.h"

// The `monitor` commands.
namespace leyden::debug {
namespace {

constexpr char kHelp[] =
    "monitor reset      the core starts anew at the reset vector; memory and units stay as they "
    "are\n"
    "monitor time       simulated time, cycles and instructions since reset\n"
    "monitor energy     energy since reset, by component\n"
    "monitor layer      the layer of the network that firmware is in\n"
    "monitor csr [NAME] a CSR, or all of them\n"
    "monitor map        the memory map\n"
    "monitor help       this list\n";

template <typename... Values>
std::string format(const char* pattern, Values... values) {
  char line[160];
  std::snprintf(line, sizeof line, pattern, values...);
  return line;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::string ChipTarget::monitor(const std::string& line) {
  const std::string command = trimmed(line);
  if (command == "help" || command.empty()) return kHelp;
  if (command == "time") return time();
  if (command == "energy") return energy();
  if (command == "layer") return layer();
  if (command == "csr") return csr_values();
  if (command.rfind("csr ", 0) == 0) return one_csr(trimmed(command.substr(4)));
  if (command == "map") {
    std::string map;
    for (const chip::AddressRange& range : chip_.memory_map()) {
      map += format("%-16s 0x%08llx to 0x%08llx\n", range.name.c_str(),
                    static_cast<unsigned long long>(range.first),
                    static_cast<unsigned long long>(range.first + range.bytes - 1));
    }
    return map;
  }
  if (command == "reset") {
    chip_.core().debug_reset();
    return format(
        "The core is at its reset vector, 0x%08x; `maintenance flush register-cache` "
        "shows its registers.\n",
        chip_.core().pc());
  }
  // Nobody's terminal wants what may be in there.
  std::string shown = command.substr(0, 40);
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  return "There is no monitor command '" + shown + "'.\n" + kHelp;
}

std::string ChipTarget::time() const {
  return format("%.4f us, %llu cycles, %llu instructions\n", chip_.seconds() * 1e6,
                static_cast<unsigned long long>(chip_.cycles()),
                static_cast<unsigned long long>(chip_.instructions()));
}

std::string ChipTarget::energy() {
  const std::vector<double> energy = chip_.energy_fj();
  std::string table;
  double total = 0;
  for (std::size_t i = 0; i < energy.size(); ++i) {
    total += energy[i];
    if (energy[i] == 0) continue;
    const std::string name(base::to_string(static_cast<base::Component>(i)));
    table += format("%-14s %14.3f pJ\n", name.c_str(), energy[i] / 1000);
  }
  return table + format("%-14s %14.3f pJ\n", "total", total / 1000);
}

std::string ChipTarget::layer() const {
  const auto layer = chip_.layer();
  if (!layer) return "no layer is under way\n";
  if (*layer == chip::kBootLayer) return "boot\n";
  if (*layer == chip::kInputLayer) return "input\n";
  if (*layer == chip::kOutputLayer) return "output\n";
  if (*layer == chip::kCalibrationLayer) return "calibration\n";
  return "layer " + std::to_string(*layer) + "\n";
}

std::string ChipTarget::csr_values() {
  std::string table;
  for (const CsrName& csr : csrs_) {
    const std::uint32_t value = chip_.core().hart().csr(csr.number).value_or(0);
    // Most of them are counters that count nothing.
    if (value == 0 && csr.name.find("hpm") != std::string::npos) continue;
    table += format("%-14s 0x%03x  0x%08x\n", csr.name.c_str(), csr.number, value);
  }
  return table;
}

std::string ChipTarget::one_csr(const std::string& name) {
  const auto found = std::find_if(csrs_.begin(), csrs_.end(),
                                  [&](const CsrName& csr) { return csr.name == name; });
  if (found == csrs_.end()) return "There is no such CSR; `monitor csr` lists them.\n";
  const std::uint32_t value = chip_.core().hart().csr(found->number).value_or(0);
  return format("%s = 0x%08x\n", found->name.c_str(), value);
}

}  // namespace leyden::debug
