#pragma once

#include <cstddef>
#include <cstdint>

#include "models/cim/array.h"

namespace leyden::cim {

/// Where the bytes of an access come from, or with `written` null go to.
struct WindowBytes {
  const std::uint8_t* written = nullptr;
  std::uint8_t* read = nullptr;
};

/// An access to the weight window (configs/registers/cim.yaml): cells in any bytes, the ABN, trim
/// and range tables in whole words, of the repair table one word when it is written.
/// @param offset  from the window's base
/// @param rows    what it costs: rows of cells touched, or 16-byte lines of a table
/// @return false: not wholly inside cells or a table, not whole words of one, or a repair
/// entry or a range that is refused; nothing is done
bool access_weight_window(WeightArray& array, std::uint64_t offset, std::size_t length,
                          const WindowBytes& bytes, std::uint64_t& rows);

}  // namespace leyden::cim
