// The CIM unit's weight window: cells from 0, ABN table from kAbnTableWindow, trim table from
// kTrimTableWindow.
#include <cstring>
#include <string>

#include "models/cim/cim_unit.h"
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

void CimUnit::weights_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const auto refused = base::refuse_byte_enables_and_streaming(payload);
  if (refused != tlm::TLM_OK_RESPONSE) {
    payload.set_response_status(refused);
    return;
  }
  const std::uint64_t offset = payload.get_address();
  if (payload.is_read()) {
    const bool in_cells = offset + payload.get_data_length() <= macro_.array().cell_bytes();
    if (in_cells && !macro_.array().cells_written(offset, payload.get_data_length())) {
      context_.diagnostics.report(base::Severity::kWarning, name(),
                                  "weights are read that were never written since power came on",
                                  weights_base_ + offset);
    }
  } else if (busy_) {
    warn_if_in_use(offset, payload.get_data_length());
  }
  std::uint64_t rows = 0;
  if (!access_window(payload, rows)) {
    context_.diagnostics.report(
        base::Severity::kWarning, name(),
        "an access of " + std::to_string(payload.get_data_length()) + " bytes at offset " +
            hex(offset) + " of the weight window is outside the cells (up to " +
            hex(macro_.array().cell_bytes()) + "), the ABN table (whole words from " +
            hex(reg::kAbnTableWindow) + " to " +
            hex(reg::kAbnTableWindow + macro_.array().abn_bytes()) + ") and the trim table (from " +
            hex(reg::kTrimTableWindow) + " to " +
            hex(reg::kTrimTableWindow + macro_.array().trim_bytes()) + ")",
        weights_base_ + offset);
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  if (payload.is_write()) events_.count_weight_rows(rows);
  delay += context_.clock.cycles(rows * macro_.parameters().weight_row_cycles);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned CimUnit::weights_debug(tlm::tlm_generic_payload& payload) {
  std::uint64_t rows = 0;
  return access_window(payload, rows) ? payload.get_data_length() : 0;
}

bool CimUnit::access_window(tlm::tlm_generic_payload& payload, std::uint64_t& rows) {
  WeightArray& array = macro_.array();
  const std::uint64_t offset = payload.get_address();
  const unsigned length = payload.get_data_length();
  std::uint8_t* data = payload.get_data_ptr();
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) return true;
  // 1. Cells: any bytes; an access touches one row or several.
  if (offset < array.cell_bytes() && length <= array.cell_bytes() - offset) {
    if (length == 0) return true;
    if (payload.is_write()) {
      rows = array.write_cells(offset, data, length);
    } else {
      std::memcpy(data, array.cells() + offset, length);
      rows = (offset + length - 1) / array.row_bytes() - offset / array.row_bytes() + 1;
    }
    return true;
  }
  // 2. Tables: whole words, a row access each 16 bytes.
  const auto in_table = [&](std::uint64_t table, std::uint64_t bytes) {
    return offset >= table && offset - table < bytes && length <= bytes - (offset - table) &&
           (offset - table) % 4 == 0 && length % 4 == 0;
  };
  const bool abn = in_table(reg::kAbnTableWindow, array.abn_bytes());
  if (!abn && !in_table(reg::kTrimTableWindow, array.trim_bytes())) return false;
  const std::uint64_t first = (offset - (abn ? reg::kAbnTableWindow : reg::kTrimTableWindow)) / 4;
  for (unsigned i = 0; i < length / 4; ++i) {
    std::uint32_t word = abn ? array.abn_word(first + i) : array.trim_word(first + i);
    if (payload.is_write()) {
      std::memcpy(&word, data + 4 * i, 4);
      abn ? array.write_abn(first + i, word) : array.write_trim(first + i, word);
    } else {
      std::memcpy(data + 4 * i, &word, 4);
    }
  }
  rows = (length + 15) / 16;
  return true;
}

void CimUnit::warn_if_in_use(std::uint64_t offset, unsigned length) {
  const std::uint64_t row_bytes = macro_.array().row_bytes();
  const std::uint64_t first = job_.unit_first * macro_.parameters().rows_per_unit;
  const std::uint64_t end = first + job_.line_rows(macro_.parameters());
  if (offset + length <= first * row_bytes || offset >= end * row_bytes) return;
  // Other columns of the rows are free.
  const auto [used, used_bytes] =
      macro_.array().span(job_.column_first, job_.columns_used(macro_.parameters()));
  const std::uint64_t begin = offset % row_bytes;
  const bool one_row = begin + length <= row_bytes;
  if (one_row && (begin + length <= used || begin >= used + used_bytes)) return;
  context_.diagnostics.report(base::Severity::kWarning, name(),
                              "weights that a running job uses are written; wait for DONE first",
                              weights_base_ + offset);
}

}  // namespace leyden::cim
