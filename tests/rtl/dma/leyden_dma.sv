// DMA with two channels: registers behind APB, an AXI4 master and an interrupt for each channel.
//
// cfg_burst_log2   constant: log2 of the longest burst in bytes (dma.burst_bytes)
// m_axi<n>_aruser  bytes wanted of a read burst: a slave whose reads have side effects, or cost
//                  energy by the byte, touches no more; others leave it open
// obs<n>_*         what the channel does, for observation only: registers as they stand; _job for
//                  one cycle with the addresses of a job, _burst when a burst begins, with its bytes
//                  and those of its row left, _burst_done when it is written
module leyden_dma #(
    parameter int unsigned BURST_BYTES = 4096  // of each channel's buffer
) (
    input  logic         clk,
    input  logic         rst_n,
    input  logic [  3:0] cfg_burst_log2,

    input  logic [ 11:0] s_apb_paddr,
    input  logic         s_apb_psel,
    input  logic         s_apb_penable,
    input  logic         s_apb_pwrite,
    input  logic [ 31:0] s_apb_pwdata,
    input  logic [  3:0] s_apb_pstrb,
    output logic [ 31:0] s_apb_prdata,
    output logic         s_apb_pready,
    output logic         s_apb_pslverr,

    output logic [ 31:0] m_axi0_araddr,
    output logic [  7:0] m_axi0_arlen,
    output logic [ 12:0] m_axi0_aruser,
    output logic         m_axi0_arvalid,
    input  logic         m_axi0_arready,
    input  logic [127:0] m_axi0_rdata,
    input  logic [  1:0] m_axi0_rresp,
    input  logic         m_axi0_rlast,
    input  logic         m_axi0_rvalid,
    output logic         m_axi0_rready,
    output logic [ 31:0] m_axi0_awaddr,
    output logic [  7:0] m_axi0_awlen,
    output logic         m_axi0_awvalid,
    input  logic         m_axi0_awready,
    output logic [127:0] m_axi0_wdata,
    output logic [ 15:0] m_axi0_wstrb,
    output logic         m_axi0_wlast,
    output logic         m_axi0_wvalid,
    input  logic         m_axi0_wready,
    input  logic [  1:0] m_axi0_bresp,
    input  logic         m_axi0_bvalid,
    output logic         m_axi0_bready,
    input  logic [  3:0] m_axi0_rid,
    input  logic [  3:0] m_axi0_bid,
    output logic [  3:0] m_axi0_awid,
    output logic [  3:0] m_axi0_arid,
    output logic [  2:0] m_axi0_awsize,
    output logic [  2:0] m_axi0_arsize,
    output logic [  1:0] m_axi0_awburst,
    output logic [  1:0] m_axi0_arburst,
    output logic         m_axi0_awlock,
    output logic         m_axi0_arlock,
    output logic [  3:0] m_axi0_awcache,
    output logic [  3:0] m_axi0_arcache,
    output logic [  2:0] m_axi0_awprot,
    output logic [  2:0] m_axi0_arprot,

    output logic [ 31:0] m_axi1_araddr,
    output logic [  7:0] m_axi1_arlen,
    output logic [ 12:0] m_axi1_aruser,
    output logic         m_axi1_arvalid,
    input  logic         m_axi1_arready,
    input  logic [127:0] m_axi1_rdata,
    input  logic [  1:0] m_axi1_rresp,
    input  logic         m_axi1_rlast,
    input  logic         m_axi1_rvalid,
    output logic         m_axi1_rready,
    output logic [ 31:0] m_axi1_awaddr,
    output logic [  7:0] m_axi1_awlen,
    output logic         m_axi1_awvalid,
    input  logic         m_axi1_awready,
    output logic [127:0] m_axi1_wdata,
    output logic [ 15:0] m_axi1_wstrb,
    output logic         m_axi1_wlast,
    output logic         m_axi1_wvalid,
    input  logic         m_axi1_wready,
    input  logic [  1:0] m_axi1_bresp,
    input  logic         m_axi1_bvalid,
    output logic         m_axi1_bready,
    input  logic [  3:0] m_axi1_rid,
    input  logic [  3:0] m_axi1_bid,
    output logic [  3:0] m_axi1_awid,
    output logic [  3:0] m_axi1_arid,
    output logic [  2:0] m_axi1_awsize,
    output logic [  2:0] m_axi1_arsize,
    output logic [  1:0] m_axi1_awburst,
    output logic [  1:0] m_axi1_arburst,
    output logic         m_axi1_awlock,
    output logic         m_axi1_arlock,
    output logic [  3:0] m_axi1_awcache,
    output logic [  3:0] m_axi1_arcache,
    output logic [  2:0] m_axi1_awprot,
    output logic [  2:0] m_axi1_arprot,

    output logic [  2:0] obs0_status,
    output logic [  2:0] obs0_error_code,
    output logic [ 31:0] obs0_error_addr,
    output logic [ 31:0] obs0_moved,
    output logic         obs0_job,
    output logic         obs0_burst,
    output logic         obs0_burst_done,
    output logic [ 31:0] obs0_source,
    output logic [ 31:0] obs0_destination,
    output logic [ 12:0] obs0_bytes,
    output logic [ 63:0] obs0_left,

    output logic [  2:0] obs1_status,
    output logic [  2:0] obs1_error_code,
    output logic [ 31:0] obs1_error_addr,
    output logic [ 31:0] obs1_moved,
    output logic         obs1_job,
    output logic         obs1_burst,
    output logic         obs1_burst_done,
    output logic [ 31:0] obs1_source,
    output logic [ 31:0] obs1_destination,
    output logic [ 12:0] obs1_bytes,
    output logic [ 63:0] obs1_left,

    output logic [  1:0] irq
);
  localparam int unsigned CHANNELS = leyden_dma_pkg::BLOCKS;

  // One access phase, no wait states.
  logic access, in_range;
  assign in_range        = 32'(s_apb_paddr) < CHANNELS * leyden_dma_pkg::BLOCK_STRIDE;
  assign access        = s_apb_psel && s_apb_penable;
  assign s_apb_pready  = 1'b1;
  assign s_apb_pslverr = access && !in_range;

  logic [CHANNELS-1:0] selected;
  logic [31:0] rdata0, rdata1;
  always_comb begin
    for (int unsigned n = 0; n < CHANNELS; n = n + 1) begin
      selected[n] = 32'(s_apb_paddr[11:8]) == n;
    end
  end
  assign s_apb_prdata = !in_range ? '0 : selected[1] ? rdata1 : rdata0;

  leyden_dma_channel #(
      .BURST_BYTES(BURST_BYTES)
  ) channel0 (
      .clk(clk),
      .rst_n(rst_n),
      .cfg_burst_log2(cfg_burst_log2),
      .write(access && s_apb_pwrite && selected[0]),
      .offset({s_apb_paddr[7:2], 2'b00}),
      .wdata(s_apb_pwdata),
      .wstrb(s_apb_pstrb),
      .rdata(rdata0),
      .m_axi_araddr(m_axi0_araddr),
      .m_axi_arlen(m_axi0_arlen),
      .m_axi_aruser(m_axi0_aruser),
      .m_axi_arvalid(m_axi0_arvalid),
      .m_axi_arready(m_axi0_arready),
      .m_axi_rdata(m_axi0_rdata),
      .m_axi_rresp(m_axi0_rresp),
      .m_axi_rlast(m_axi0_rlast),
      .m_axi_rvalid(m_axi0_rvalid),
      .m_axi_rready(m_axi0_rready),
      .m_axi_awaddr(m_axi0_awaddr),
      .m_axi_awlen(m_axi0_awlen),
      .m_axi_awvalid(m_axi0_awvalid),
      .m_axi_awready(m_axi0_awready),
      .m_axi_wdata(m_axi0_wdata),
      .m_axi_wstrb(m_axi0_wstrb),
      .m_axi_wlast(m_axi0_wlast),
      .m_axi_wvalid(m_axi0_wvalid),
      .m_axi_wready(m_axi0_wready),
      .m_axi_bresp(m_axi0_bresp),
      .m_axi_bvalid(m_axi0_bvalid),
      .m_axi_bready(m_axi0_bready),
      .obs_status(obs0_status),
      .obs_error_code(obs0_error_code),
      .obs_error_addr(obs0_error_addr),
      .obs_moved(obs0_moved),
      .obs_job(obs0_job),
      .obs_burst(obs0_burst),
      .obs_burst_done(obs0_burst_done),
      .obs_source(obs0_source),
      .obs_destination(obs0_destination),
      .obs_bytes(obs0_bytes),
      .obs_left(obs0_left),
      .irq(irq[0])
  );

  leyden_dma_channel #(
      .BURST_BYTES(BURST_BYTES)
  ) channel1 (
      .clk(clk),
      .rst_n(rst_n),
      .cfg_burst_log2(cfg_burst_log2),
      .write(access && s_apb_pwrite && selected[1]),
      .offset({s_apb_paddr[7:2], 2'b00}),
      .wdata(s_apb_pwdata),
      .wstrb(s_apb_pstrb),
      .rdata(rdata1),
      .m_axi_araddr(m_axi1_araddr),
      .m_axi_arlen(m_axi1_arlen),
      .m_axi_aruser(m_axi1_aruser),
      .m_axi_arvalid(m_axi1_arvalid),
      .m_axi_arready(m_axi1_arready),
      .m_axi_rdata(m_axi1_rdata),
      .m_axi_rresp(m_axi1_rresp),
      .m_axi_rlast(m_axi1_rlast),
      .m_axi_rvalid(m_axi1_rvalid),
      .m_axi_rready(m_axi1_rready),
      .m_axi_awaddr(m_axi1_awaddr),
      .m_axi_awlen(m_axi1_awlen),
      .m_axi_awvalid(m_axi1_awvalid),
      .m_axi_awready(m_axi1_awready),
      .m_axi_wdata(m_axi1_wdata),
      .m_axi_wstrb(m_axi1_wstrb),
      .m_axi_wlast(m_axi1_wlast),
      .m_axi_wvalid(m_axi1_wvalid),
      .m_axi_wready(m_axi1_wready),
      .m_axi_bresp(m_axi1_bresp),
      .m_axi_bvalid(m_axi1_bvalid),
      .m_axi_bready(m_axi1_bready),
      .obs_status(obs1_status),
      .obs_error_code(obs1_error_code),
      .obs_error_addr(obs1_error_addr),
      .obs_moved(obs1_moved),
      .obs_job(obs1_job),
      .obs_burst(obs1_burst),
      .obs_burst_done(obs1_burst_done),
      .obs_source(obs1_source),
      .obs_destination(obs1_destination),
      .obs_bytes(obs1_bytes),
      .obs_left(obs1_left),
      .irq(irq[1])
  );

  // Bursts of 16-byte beats with rising addresses, one at a time.
  assign m_axi0_awid    = '0;
  assign m_axi0_arid    = '0;
  assign m_axi0_awsize  = 3'd4;
  assign m_axi0_arsize  = 3'd4;
  assign m_axi0_awburst = 2'b01;
  assign m_axi0_arburst = 2'b01;
  assign m_axi0_awlock  = '0;
  assign m_axi0_arlock  = '0;
  assign m_axi0_awcache = '0;
  assign m_axi0_arcache = '0;
  assign m_axi0_awprot  = '0;
  assign m_axi0_arprot  = '0;
  assign m_axi1_awid    = '0;
  assign m_axi1_arid    = '0;
  assign m_axi1_awsize  = 3'd4;
  assign m_axi1_arsize  = 3'd4;
  assign m_axi1_awburst = 2'b01;
  assign m_axi1_arburst = 2'b01;
  assign m_axi1_awlock  = '0;
  assign m_axi1_arlock  = '0;
  assign m_axi1_awcache = '0;
  assign m_axi1_arcache = '0;
  assign m_axi1_awprot  = '0;
  assign m_axi1_arprot  = '0;

  logic unused;
  assign unused = &{1'b0, s_apb_paddr[1:0], m_axi0_rid, m_axi0_bid, m_axi1_rid, m_axi1_bid};
endmodule
