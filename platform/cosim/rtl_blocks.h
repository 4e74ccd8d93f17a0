#pragma once

#include "platform/chip/block_factory.h"

namespace leyden::cosim {

/// The blocks of tests/rtl in the place of their TLM models: `dma.impl` and `cim.impl` of a chip
/// file.
class RtlBlocks : public chip::BlockFactory {
 public:
  /// @throws base::UsageError when there is no such block
  std::unique_ptr<dma::DmaBlock> make_dma(const std::string& impl, sc_core::sc_module_name name,
                                          base::Context& context) override;
  std::unique_ptr<cim::CimBlock> make_cim(const std::string& impl, sc_core::sc_module_name name,
                                          base::Context& context, unsigned instance) override;
};

}  // namespace leyden::cosim
