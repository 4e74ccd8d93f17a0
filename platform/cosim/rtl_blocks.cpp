#include "platform/cosim/rtl_blocks.h"

#include "models/base/error.h"

namespace leyden::cosim {

std::unique_ptr<dma::DmaBlock> RtlBlocks::make_dma(const std::string& impl, sc_core::sc_module_name,
                                                   base::Context&) {
  throw base::UsageError("dma.impl is " + impl + ", which this version does not have; use tlm");
}

std::unique_ptr<cim::CimBlock> RtlBlocks::make_cim(const std::string& impl, sc_core::sc_module_name,
                                                   base::Context&, unsigned) {
  throw base::UsageError("cim.impl is " + impl + ", which this version does not have; use tlm");
}

}  // namespace leyden::cosim
