#pragma once

#include <memory>
#include <string>

#include <systemc>

#include "models/base/context.h"
#include "models/cim/cim_block.h"
#include "models/dma/dma_block.h"

namespace leyden::chip {

/// Makes the parts of a chip that can be something else than their TLM model: `dma.impl` and
/// `cim.impl` of the chip file ask for it. The chip calls it while it is elaborated.
class BlockFactory {
 public:
  virtual ~BlockFactory() = default;
  /// @param impl  the word of `dma.impl`, not "tlm"
  virtual std::unique_ptr<dma::DmaBlock> make_dma(const std::string& impl,
                                                  sc_core::sc_module_name name,
                                                  base::Context& context) = 0;
  /// @param impl  the word of `cim.impl`, not "tlm"
  virtual std::unique_ptr<cim::CimBlock> make_cim(const std::string& impl,
                                                  sc_core::sc_module_name name,
                                                  base::Context& context, unsigned instance) = 0;
};

}  // namespace leyden::chip
