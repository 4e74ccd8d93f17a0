#pragma once

#include <type_traits>
#include <utility>

#include "platform/cosim/gated_clock.h"
#include "platform/cosim/pins.h"

// Binds the ports of a module that has the names of docs/cosim.md (Verilator's, or anyone's) to
// bundles. A port of another type does not compile. awlock, awcache and awprot (and those of AR)
// need not be there; a block with other names or fewer pins is bound by hand.
namespace leyden::cosim {

template <typename Rtl>
void bind_clock(Rtl& rtl, GatedClock& clock) {
  rtl.clk(clock.clk);
  rtl.rst_n(clock.rst_n);
}

/// Ports s_apb_*.
template <typename Rtl>
void bind_s_apb(Rtl& rtl, ApbPins& pins) {
  rtl.s_apb_paddr(pins.paddr);
  rtl.s_apb_psel(pins.psel);
  rtl.s_apb_penable(pins.penable);
  rtl.s_apb_pwrite(pins.pwrite);
  rtl.s_apb_pwdata(pins.pwdata);
  rtl.s_apb_pstrb(pins.pstrb);
  rtl.s_apb_prdata(pins.prdata);
  rtl.s_apb_pready(pins.pready);
  rtl.s_apb_pslverr(pins.pslverr);
}

/// Calls bind(rtl) where the module has the port that it names.
template <typename Rtl, typename F>
void bind_if_there(Rtl& rtl, F&& bind) {
  if constexpr (std::is_invocable_v<F, Rtl&>) std::forward<F>(bind)(rtl);
}

#define LEYDEN_OPTIONAL(port, signal)                                              \
  bind_if_there(rtl, [&pins](auto& module) -> decltype(module.port(pins.signal)) { \
    module.port(pins.signal);                                                      \
  })

/// Ports s_axil_*.
template <typename Rtl, unsigned kBits>
void bind_s_axil(Rtl& rtl, AxiLitePins<kBits>& pins) {
  rtl.s_axil_awaddr(pins.aw.addr);
  rtl.s_axil_awvalid(pins.aw.valid);
  rtl.s_axil_awready(pins.aw.ready);
  rtl.s_axil_wdata(pins.w.data);
  rtl.s_axil_wstrb(pins.w.strb);
  rtl.s_axil_wvalid(pins.w.valid);
  rtl.s_axil_wready(pins.w.ready);
  rtl.s_axil_bresp(pins.b.resp);
  rtl.s_axil_bvalid(pins.b.valid);
  rtl.s_axil_bready(pins.b.ready);
  rtl.s_axil_araddr(pins.ar.addr);
  rtl.s_axil_arvalid(pins.ar.valid);
  rtl.s_axil_arready(pins.ar.ready);
  rtl.s_axil_rdata(pins.r.data);
  rtl.s_axil_rresp(pins.r.resp);
  rtl.s_axil_rvalid(pins.r.valid);
  rtl.s_axil_rready(pins.r.ready);
  LEYDEN_OPTIONAL(s_axil_awprot, aw.prot);
  LEYDEN_OPTIONAL(s_axil_arprot, ar.prot);
}

/// Ports m_axi_*: of a master.
template <typename Rtl, unsigned kBits>
void bind_m_axi(Rtl& rtl, Axi4Pins<kBits>& pins) {
  rtl.m_axi_awid(pins.aw.id);
  rtl.m_axi_awaddr(pins.aw.addr);
  rtl.m_axi_awlen(pins.aw.len);
  rtl.m_axi_awsize(pins.aw.size);
  rtl.m_axi_awburst(pins.aw.burst);
  rtl.m_axi_awvalid(pins.aw.valid);
  rtl.m_axi_awready(pins.aw.ready);
  rtl.m_axi_wdata(pins.w.data);
  rtl.m_axi_wstrb(pins.w.strb);
  rtl.m_axi_wlast(pins.w.last);
  rtl.m_axi_wvalid(pins.w.valid);
  rtl.m_axi_wready(pins.w.ready);
  rtl.m_axi_bid(pins.b.id);
  rtl.m_axi_bresp(pins.b.resp);
  rtl.m_axi_bvalid(pins.b.valid);
  rtl.m_axi_bready(pins.b.ready);
  rtl.m_axi_arid(pins.ar.id);
  rtl.m_axi_araddr(pins.ar.addr);
  rtl.m_axi_arlen(pins.ar.len);
  rtl.m_axi_arsize(pins.ar.size);
  rtl.m_axi_arburst(pins.ar.burst);
  rtl.m_axi_arvalid(pins.ar.valid);
  rtl.m_axi_arready(pins.ar.ready);
  rtl.m_axi_rid(pins.r.id);
  rtl.m_axi_rdata(pins.r.data);
  rtl.m_axi_rresp(pins.r.resp);
  rtl.m_axi_rlast(pins.r.last);
  rtl.m_axi_rvalid(pins.r.valid);
  rtl.m_axi_rready(pins.r.ready);
  LEYDEN_OPTIONAL(m_axi_awlock, aw.lock);
  LEYDEN_OPTIONAL(m_axi_awcache, aw.cache);
  LEYDEN_OPTIONAL(m_axi_awprot, aw.prot);
  LEYDEN_OPTIONAL(m_axi_arlock, ar.lock);
  LEYDEN_OPTIONAL(m_axi_arcache, ar.cache);
  LEYDEN_OPTIONAL(m_axi_arprot, ar.prot);
}

/// Ports s_axi_*: of a slave.
template <typename Rtl, unsigned kBits>
void bind_s_axi(Rtl& rtl, Axi4Pins<kBits>& pins) {
  rtl.s_axi_awid(pins.aw.id);
  rtl.s_axi_awaddr(pins.aw.addr);
  rtl.s_axi_awlen(pins.aw.len);
  rtl.s_axi_awsize(pins.aw.size);
  rtl.s_axi_awburst(pins.aw.burst);
  rtl.s_axi_awvalid(pins.aw.valid);
  rtl.s_axi_awready(pins.aw.ready);
  rtl.s_axi_wdata(pins.w.data);
  rtl.s_axi_wstrb(pins.w.strb);
  rtl.s_axi_wlast(pins.w.last);
  rtl.s_axi_wvalid(pins.w.valid);
  rtl.s_axi_wready(pins.w.ready);
  rtl.s_axi_bid(pins.b.id);
  rtl.s_axi_bresp(pins.b.resp);
  rtl.s_axi_bvalid(pins.b.valid);
  rtl.s_axi_bready(pins.b.ready);
  rtl.s_axi_arid(pins.ar.id);
  rtl.s_axi_araddr(pins.ar.addr);
  rtl.s_axi_arlen(pins.ar.len);
  rtl.s_axi_arsize(pins.ar.size);
  rtl.s_axi_arburst(pins.ar.burst);
  rtl.s_axi_arvalid(pins.ar.valid);
  rtl.s_axi_arready(pins.ar.ready);
  rtl.s_axi_rid(pins.r.id);
  rtl.s_axi_rdata(pins.r.data);
  rtl.s_axi_rresp(pins.r.resp);
  rtl.s_axi_rlast(pins.r.last);
  rtl.s_axi_rvalid(pins.r.valid);
  rtl.s_axi_rready(pins.r.ready);
  LEYDEN_OPTIONAL(s_axi_awlock, aw.lock);
  LEYDEN_OPTIONAL(s_axi_awcache, aw.cache);
  LEYDEN_OPTIONAL(s_axi_awprot, aw.prot);
  LEYDEN_OPTIONAL(s_axi_arlock, ar.lock);
  LEYDEN_OPTIONAL(s_axi_arcache, ar.cache);
  LEYDEN_OPTIONAL(s_axi_arprot, ar.prot);
}

#undef LEYDEN_OPTIONAL

}  // namespace leyden::cosim
