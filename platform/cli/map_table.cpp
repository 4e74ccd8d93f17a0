#include "platform/cli/map_table.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

#include "platform/report/text_table.h"
#include "registers/memory_map.h"

namespace leyden::cli {
namespace {

struct Row {
  std::string name;
  std::uint64_t base;
  std::uint64_t bytes;
  unsigned irq;   ///< first source, 0: none
  unsigned irqs;  ///< consecutive sources
  std::string what;
};

std::string hex(std::uint64_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", static_cast<unsigned>(value));
  return text;
}

std::vector<Row> rows_of(const chip::ChipDescription& chip) {
  std::vector<Row> rows;
  const auto macros = static_cast<unsigned>(chip.parameters.integer("system.macros"));
  for (const registers::Unit& unit : registers::units()) {
    const unsigned instances = unit.instances > 1 ? macros : 1;
    for (unsigned n = 0; n < instances; ++n) {
      rows.push_back({unit.name + (unit.instances > 1 ? std::to_string(n) : ""),
                      unit.base + n * unit.size, unit.size,
                      unit.irq == 0 ? 0 : unit.irq + n * unit.irqs, unit.irqs, "Leyden's"});
    }
  }
  for (const chip::OwnBlock& block : chip.blocks) {
    rows.push_back(
        {block.name, block.base, block.size, block.irq.value_or(0), 1,
         block.class_name + " of " + block.library.substr(block.library.rfind('/') + 1)});
  }
  std::sort(rows.begin(), rows.end(),
            [](const Row& one, const Row& other) { return one.base < other.base; });
  return rows;
}

}  // namespace

std::string map_table(const chip::ChipDescription& chip, bool as_json, std::size_t width) {
  const std::vector<Row> rows = rows_of(chip);
  if (as_json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Row& row : rows) {
      list.push_back({{"unit", row.name}, {"base", row.base}, {"bytes", row.bytes}});
      if (row.irq != 0) list.back()["interrupt"] = row.irq;
      if (row.irqs > 1) list.back()["interrupts"] = row.irqs;
      list.back()["what"] = row.what;
    }
    return list.dump(2) + "\n";
  }
  report::TextTable table("unit");
  table.add_column("first", report::TextTable::Kind::kWord);
  table.add_column("last", report::TextTable::Kind::kWord);
  table.add_column("interrupt", report::TextTable::Kind::kWord);
  table.add_column("whose", report::TextTable::Kind::kSentence);
  for (const Row& row : rows) {
    std::string irq = row.irq == 0 ? "-" : std::to_string(row.irq);
    if (row.irqs > 1) irq += " to " + std::to_string(row.irq + row.irqs - 1);
    table.add_row(row.name, {hex(row.base), hex(row.base + row.bytes - 1), irq, row.what});
  }
  return table.text(width);
}

}  // namespace leyden::cli
