#include "platform/cosim/rtl_dma.h"

#include "models/base/error.h"
#include "platform/cosim/rtl_dma_channel.h"
#include "registers/dma.h"

#include <Vleyden_dma.h>

namespace leyden::cosim {
namespace {

namespace reg = registers::dma;

constexpr std::uint32_t kLongestBurst = 4096;  ///< parameter BURST_BYTES of the RTL

std::uint32_t read_burst_log2(const base::ParameterSet& parameters) {
  const auto bytes = static_cast<std::uint32_t>(parameters.integer("dma.burst_bytes"));
  std::uint32_t log2 = 4;
  while (log2 < 12 && (1u << log2) < bytes) ++log2;
  if (bytes != 1u << log2) {
    throw base::UsageError("dma.burst_bytes is " + std::to_string(bytes) +
                           "; for dma.impl = rtl it must be a power of two from 16 to " +
                           std::to_string(kLongestBurst));
  }
  return log2;
}

AdapterOptions adapter_options() {
  AdapterOptions options;
  options.block = "dma";
  return options;
}

}  // namespace

RtlDma::RtlDma(const sc_core::sc_module_name& name, base::Context& context)
    : sc_module(name),
      context_(context),
      clock_("clock", context.clock),
      registers_("registers", apb_, clock_, adapter_options()) {
  burst_log2_.write(read_burst_log2(context.parameters));
  for (unsigned n = 0; n < kChannels; ++n) {
    const std::string channel = "channel_" + std::to_string(n);
    channels_[n] = std::make_unique<Channel>(channel.c_str(), context, clock_, n);
  }
  rtl_ = std::make_unique<Vleyden_dma>("rtl");
  rtl_->clk(clock_.clk);
  rtl_->rst_n(clock_.rst_n);
  rtl_->cfg_burst_log2(burst_log2_);
  rtl_->s_apb_paddr(apb_.paddr);
  rtl_->s_apb_psel(apb_.psel);
  rtl_->s_apb_penable(apb_.penable);
  rtl_->s_apb_pwrite(apb_.pwrite);
  rtl_->s_apb_pwdata(apb_.pwdata);
  rtl_->s_apb_pstrb(apb_.pstrb);
  rtl_->s_apb_prdata(apb_.prdata);
  rtl_->s_apb_pready(apb_.pready);
  rtl_->s_apb_pslverr(apb_.pslverr);
  rtl_->irq(irq_pins_);
  bind_channel0(*channels_[0]);
  bind_channel1(*channels_[1]);
  registers_.set_debug_access(
      [this](tlm::tlm_generic_payload& payload) { return debug_access(payload); });
  SC_HAS_PROCESS(RtlDma);
  SC_METHOD(on_edge);
  sensitive << clock_.clk.posedge_event();
  dont_initialize();
  SC_METHOD(on_status);
  sensitive << channels_[0]->status << channels_[1]->status << clock_.rst_n;
  dont_initialize();
  SC_METHOD(on_interrupt);
  sensitive << irq_pins_ << clock_.rst_n;
}

RtlDma::~RtlDma() = default;

// The pins of the two channels differ in a digit of their names.
#define LEYDEN_BIND_CHANNEL(n)                     \
  rtl_->m_axi##n##_arid(channel.axi.ar.id);        \
  rtl_->m_axi##n##_araddr(channel.axi.ar.addr);    \
  rtl_->m_axi##n##_arlen(channel.axi.ar.len);      \
  rtl_->m_axi##n##_arsize(channel.axi.ar.size);    \
  rtl_->m_axi##n##_arburst(channel.axi.ar.burst);  \
  rtl_->m_axi##n##_arlock(channel.axi.ar.lock);    \
  rtl_->m_axi##n##_arcache(channel.axi.ar.cache);  \
  rtl_->m_axi##n##_arprot(channel.axi.ar.prot);    \
  rtl_->m_axi##n##_aruser(channel.aruser);         \
  rtl_->m_axi##n##_arvalid(channel.axi.ar.valid);  \
  rtl_->m_axi##n##_arready(channel.axi.ar.ready);  \
  rtl_->m_axi##n##_rid(channel.axi.r.id);          \
  rtl_->m_axi##n##_rdata(channel.axi.r.data);      \
  rtl_->m_axi##n##_rresp(channel.axi.r.resp);      \
  rtl_->m_axi##n##_rlast(channel.axi.r.last);      \
  rtl_->m_axi##n##_rvalid(channel.axi.r.valid);    \
  rtl_->m_axi##n##_rready(channel.axi.r.ready);    \
  rtl_->m_axi##n##_awid(channel.axi.aw.id);        \
  rtl_->m_axi##n##_awaddr(channel.axi.aw.addr);    \
  rtl_->m_axi##n##_awlen(channel.axi.aw.len);      \
  rtl_->m_axi##n##_awsize(channel.axi.aw.size);    \
  rtl_->m_axi##n##_awburst(channel.axi.aw.burst);  \
  rtl_->m_axi##n##_awlock(channel.axi.aw.lock);    \
  rtl_->m_axi##n##_awcache(channel.axi.aw.cache);  \
  rtl_->m_axi##n##_awprot(channel.axi.aw.prot);    \
  rtl_->m_axi##n##_awvalid(channel.axi.aw.valid);  \
  rtl_->m_axi##n##_awready(channel.axi.aw.ready);  \
  rtl_->m_axi##n##_wdata(channel.axi.w.data);      \
  rtl_->m_axi##n##_wstrb(channel.axi.w.strb);      \
  rtl_->m_axi##n##_wlast(channel.axi.w.last);      \
  rtl_->m_axi##n##_wvalid(channel.axi.w.valid);    \
  rtl_->m_axi##n##_wready(channel.axi.w.ready);    \
  rtl_->m_axi##n##_bid(channel.axi.b.id);          \
  rtl_->m_axi##n##_bresp(channel.axi.b.resp);      \
  rtl_->m_axi##n##_bvalid(channel.axi.b.valid);    \
  rtl_->m_axi##n##_bready(channel.axi.b.ready);    \
  rtl_->obs##n##_status(channel.status);           \
  rtl_->obs##n##_error_code(channel.error_code);   \
  rtl_->obs##n##_error_addr(channel.error_addr);   \
  rtl_->obs##n##_moved(channel.moved);             \
  rtl_->obs##n##_job(channel.job);                 \
  rtl_->obs##n##_burst(channel.burst);             \
  rtl_->obs##n##_burst_done(channel.burst_done);   \
  rtl_->obs##n##_source(channel.source);           \
  rtl_->obs##n##_destination(channel.destination); \
  rtl_->obs##n##_bytes(channel.bytes);             \
  rtl_->obs##n##_left(channel.left)

void RtlDma::bind_channel0(Channel& channel) { LEYDEN_BIND_CHANNEL(0); }
void RtlDma::bind_channel1(Channel& channel) { LEYDEN_BIND_CHANNEL(1); }

#undef LEYDEN_BIND_CHANNEL

tlm::tlm_initiator_socket<base::kBusBits>& RtlDma::bus_socket(std::size_t channel) {
  return channels_.at(channel)->bus.socket;
}

void RtlDma::set_data_path(base::DataPath* path) {
  for (const auto& channel : channels_) channel->bus.set_path(path);
}

sc_core::sc_out<bool>& RtlDma::interrupt(std::size_t channel) { return channels_.at(channel)->irq; }

bool RtlDma::busy() const {
  for (const auto& channel : channels_) {
    if (channel->busy()) return true;
  }
  return false;
}

void RtlDma::archive(base::Archive&) {
  throw base::UsageError("dma.impl is rtl, whose state cannot be saved or restored; use tlm");
}

void RtlDma::on_edge() {
  if (clock_.in_reset()) return;
  follow_access();
  for (const auto& channel : channels_) channel->on_edge();
}

// Before the reset at the start pins show what registers happen to hold.

void RtlDma::on_status() {
  if (clock_.in_reset()) return;
  for (const auto& channel : channels_) channel->on_status();
}

void RtlDma::on_interrupt() {
  for (std::size_t n = 0; n < kChannels; ++n) {
    channels_[n]->irq.write(!clock_.in_reset() && (irq_pins_.read() >> n & 1) != 0);
  }
}

/// Repeats an access that is being answered on the shadow of the registers.
void RtlDma::follow_access() {
  if (!apb_.psel.read() || !apb_.penable.read() || !apb_.pready.read()) return;
  const std::uint32_t channel = apb_.paddr.read() / reg::kBlockStride;
  if (channel >= kChannels) return;
  std::uint32_t word = apb_.pwdata.read();
  std::uint32_t lane = 0;
  unsigned length = 4;
  if (apb_.pwrite.read()) {
    const std::uint32_t strobes = apb_.pstrb.read();
    if (strobes == 0) return;
    length = 0;
    while ((strobes >> lane & 1) == 0) ++lane;
    while (lane + length < 4 && (strobes >> (lane + length) & 1) != 0) ++length;
    word >>= 8 * lane;
  }
  tlm::tlm_generic_payload payload;
  payload.set_command(apb_.pwrite.read() ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload.set_address(apb_.paddr.read() % reg::kBlockStride + lane);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
  payload.set_data_length(length);
  payload.set_streaming_width(length);
  channels_[channel]->follow_access(payload);
}

unsigned RtlDma::debug_access(tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  const std::uint64_t channel = address / reg::kBlockStride;
  const std::uint64_t offset = address % reg::kBlockStride;
  if (channel >= kChannels || payload.get_data_length() > reg::kBlockStride - offset) return 0;
  payload.set_address(offset);
  const unsigned moved = channels_[channel]->debug_access(payload);
  payload.set_address(address);
  return moved;
}

}  // namespace leyden::cosim
