#include "models/cim/weight_window.h"

#include <string>

#include "models/base/tlm_helpers.h"
#include "models/cim/weight_access.h"
#include "registers/cim.h"
#include "registers/memory_map.h"

namespace leyden::cim {
namespace {

namespace reg = registers::cim;

std::string hex(std::uint64_t value) {
  static const char* const kDigits = "0123456789abcdef";
  std::string text;
  do {
    text.insert(text.begin(), kDigits[value & 15]);
    value >>= 4;
  } while (value != 0);
  return "0x" + text;
}

}  // namespace

void WeightWindow::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay,
                             const Job* running) {
  const auto refused = base::refuse_byte_enables_and_streaming(payload);
  if (refused != tlm::TLM_OK_RESPONSE) {
    payload.set_response_status(refused);
    return;
  }
  const std::uint64_t offset = payload.get_address();
  if (payload.is_read()) {
    const bool in_cells = offset + payload.get_data_length() <= macro_.array().cell_bytes();
    if (in_cells && !macro_.array().cells_written(offset, payload.get_data_length())) {
      context_.diagnostics.report(base::Severity::kWarning, name_,
                                  "weights are read that were never written since power came on",
                                  base_ + offset);
    }
  } else if (running != nullptr) {
    warn_if_in_use(*running, offset, payload.get_data_length());
  }
  std::uint64_t rows = 0;
  if (!access(payload, rows)) {
    if (payload.is_write() && offset > reg::kRepairTableWindow &&
        offset <= reg::kRepairTableWindow + 4 * std::uint64_t{macro_.array().repairs().spares()}) {
      context_.diagnostics.report(
          base::Severity::kWarning, name_,
          "a repair entry is refused: one word at a time, with a column below " +
              std::to_string(macro_.parameters().columns) + " that no other spare replaces",
          base_ + offset);
      payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
      return;
    }
    const std::size_t range_bytes = macro_.array().range_bytes();
    if (payload.is_write() && offset >= reg::kRangeTableWindow &&
        offset < reg::kRangeTableWindow + range_bytes) {
      context_.diagnostics.report(
          base::Severity::kWarning, name_,
          "range entries are refused: whole words of columns that there are, each up to " +
              std::to_string(macro_.array().highest_range()),
          base_ + offset);
      payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
      return;
    }
    context_.diagnostics.report(
        base::Severity::kWarning, name_,
        "an access of " + std::to_string(payload.get_data_length()) + " bytes at offset " +
            hex(offset) + " of the weight window is outside the cells (up to " +
            hex(macro_.array().cell_bytes()) + "), the ABN table (whole words from " +
            hex(reg::kAbnTableWindow) + " to " +
            hex(reg::kAbnTableWindow + macro_.array().abn_bytes()) + ") and the trim table (from " +
            hex(reg::kTrimTableWindow) + " to " +
            hex(reg::kTrimTableWindow + macro_.array().trim_bytes()) +
            "); the repair table is at " + hex(reg::kRepairTableWindow) +
            (range_bytes == 0 ? std::string()
                              : ", the range table at " + hex(reg::kRangeTableWindow)),
        base_ + offset);
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  if (payload.is_write()) events_.count_weight_rows(rows);
  delay += context_.clock.cycles(rows * macro_.parameters().weight_row_cycles);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned WeightWindow::transport_debug(tlm::tlm_generic_payload& payload) {
  std::uint64_t rows = 0;
  return access(payload, rows) ? payload.get_data_length() : 0;
}

bool WeightWindow::access(tlm::tlm_generic_payload& payload, std::uint64_t& rows) {
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) return true;
  std::uint8_t* data = payload.get_data_ptr();
  return access_weight_window(macro_.array(), payload.get_address(), payload.get_data_length(),
                              {payload.is_write() ? data : nullptr, data}, rows);
}

void WeightWindow::warn_if_in_use(const Job& job, std::uint64_t offset, unsigned length) {
  const std::uint64_t row_bytes = macro_.array().row_bytes();
  const std::uint64_t first = job.unit_first * macro_.parameters().rows_per_unit;
  const std::uint64_t end = first + job.line_rows(macro_.parameters());
  if (offset + length <= first * row_bytes || offset >= end * row_bytes) return;
  // Other columns of the rows are free.
  const auto [used, used_bytes] =
      macro_.array().span(job.column_first, job.columns_used(macro_.parameters()));
  const std::uint64_t begin = offset % row_bytes;
  const bool one_row = begin + length <= row_bytes;
  if (one_row && (begin + length <= used || begin >= used + used_bytes)) return;
  context_.diagnostics.report(base::Severity::kWarning, name_,
                              "weights that a running job uses are written; wait for DONE first",
                              base_ + offset);
}

}  // namespace leyden::cim
