#include "platform/cosim/rtl_blocks.h"

#include "models/base/error.h"
#include "platform/cosim/lockstep_cim.h"
#include "platform/cosim/lockstep_dma.h"
#include "platform/cosim/rtl_cim.h"
#include "platform/cosim/rtl_dma.h"

namespace leyden::cosim {

std::unique_ptr<dma::DmaBlock> RtlBlocks::make_dma(const std::string& impl,
                                                   sc_core::sc_module_name name,
                                                   base::Context& context) {
  if (impl == "rtl") return std::make_unique<RtlDma>(name, context);
  if (impl == "lockstep") {
    return std::make_unique<LockstepDma>("lockstep", std::make_unique<RtlDma>(name, context),
                                         context);
  }
  throw base::UsageError("dma.impl is " + impl + ", which this version does not have; use tlm");
}

std::unique_ptr<cim::CimBlock> RtlBlocks::make_cim(const std::string& impl,
                                                   sc_core::sc_module_name name,
                                                   base::Context& context, unsigned instance) {
  if (impl == "rtl") return std::make_unique<RtlCim>(name, context, instance);
  if (impl == "lockstep") {
    return std::make_unique<LockstepCim>(
        "lockstep", std::make_unique<RtlCim>(name, context, instance), context, instance);
  }
  throw base::UsageError("cim.impl is " + impl + ", which this version does not have; use tlm");
}

}  // namespace leyden::cosim
