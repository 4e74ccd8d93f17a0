#pragma once

namespace leyden::report {

/// A column that firmware put a spare in the place of.
struct ReplacedColumn {
  unsigned macro = 0;
  unsigned column = 0;
  unsigned spare = 0;
};

}  // namespace leyden::report
