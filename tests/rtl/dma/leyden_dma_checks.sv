// What a channel promises, as assertions; bound to it in simulation, not part of the design.
// Protocol of AXI4 as a master: a valid stands with what it tells until it is taken, bursts lie
// within 4 KiB, a burst has the beats that its address told, data belong to a burst.
module leyden_dma_checks (
    input logic         clk,
    input logic         rst_n,
    input logic [  3:0] cfg_burst_log2,
    input logic [  2:0] obs_status,
    input logic         start,
    input logic         finished,
    input logic         irq,
    input logic [ 12:0] burst_bytes,
    input logic [ 31:0] m_axi_araddr,
    input logic [  7:0] m_axi_arlen,
    input logic [ 12:0] m_axi_aruser,
    input logic         m_axi_arvalid,
    input logic         m_axi_arready,
    input logic         m_axi_rvalid,
    input logic         m_axi_rready,
    input logic         m_axi_rlast,
    input logic [ 31:0] m_axi_awaddr,
    input logic [  7:0] m_axi_awlen,
    input logic         m_axi_awvalid,
    input logic         m_axi_awready,
    input logic [127:0] m_axi_wdata,
    input logic [ 15:0] m_axi_wstrb,
    input logic         m_axi_wlast,
    input logic         m_axi_wvalid,
    input logic         m_axi_wready,
    input logic         m_axi_bvalid,
    input logic         m_axi_bready
);
  // Beats of the burst under way: still to come of a read, taken of a write.
  logic [7:0] read_left_q, written_q;
  logic [7:0] write_len_q;
  logic writing_q;  // W of a burst has begun
  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      read_left_q <= '0;
      written_q   <= '0;
      write_len_q <= '0;
      writing_q   <= 1'b0;
    end else begin
      if (m_axi_arvalid && m_axi_arready) read_left_q <= m_axi_arlen;
      else if (m_axi_rvalid && m_axi_rready) read_left_q <= read_left_q - 8'd1;
      if (m_axi_awvalid) write_len_q <= m_axi_awlen;
      if (m_axi_wvalid && m_axi_wready) begin
        written_q <= m_axi_wlast ? '0 : written_q + 8'd1;
        writing_q <= !m_axi_wlast;
      end
    end
  end

  logic [12:0] ar_end, aw_end;
  assign ar_end = {1'b0, m_axi_araddr[11:4], 4'h0} + {1'b0, m_axi_arlen, 4'h0} + 13'd16;
  assign aw_end = {1'b0, m_axi_awaddr[11:4], 4'h0} + {1'b0, m_axi_awlen, 4'h0} + 13'd16;

  address_of_a_read_stands :
  assert property (@(posedge clk) disable iff (!rst_n)
      m_axi_arvalid && !m_axi_arready |=>
      m_axi_arvalid && $stable({m_axi_araddr, m_axi_arlen, m_axi_aruser}));
  address_of_a_write_stands :
  assert property (@(posedge clk) disable iff (!rst_n)
      m_axi_awvalid && !m_axi_awready |=>
      m_axi_awvalid && $stable({m_axi_awaddr, m_axi_awlen}));
  data_stand :
  assert property (@(posedge clk) disable iff (!rst_n)
      m_axi_wvalid && !m_axi_wready |=>
      m_axi_wvalid && $stable({m_axi_wdata, m_axi_wstrb, m_axi_wlast}));
  read_within_4_kib :
  assert property (@(posedge clk) disable iff (!rst_n) m_axi_arvalid |-> ar_end <= 13'd4096);
  write_within_4_kib :
  assert property (@(posedge clk) disable iff (!rst_n) m_axi_awvalid |-> aw_end <= 13'd4096);
  some_byte_is_written :
  assert property (@(posedge clk) disable iff (!rst_n) m_axi_wvalid |-> m_axi_wstrb != '0);
  bytes_in_between_are_written :
  assert property (@(posedge clk) disable iff (!rst_n)
      m_axi_wvalid && writing_q && !m_axi_wlast |-> m_axi_wstrb == '1);
  last_beat_of_a_write :
  assert property (@(posedge clk) disable iff (!rst_n)
      m_axi_wvalid |-> m_axi_wlast == (written_q == write_len_q));
  one_burst_at_a_time :
  assert property (@(posedge clk) disable iff (!rst_n)
      m_axi_arvalid || m_axi_rready |-> !m_axi_awvalid && !m_axi_wvalid && !m_axi_bready);
  burst_no_longer_than_allowed :
  assert property (@(posedge clk) disable iff (!rst_n)
      m_axi_awvalid |-> burst_bytes <= 13'd1 << cfg_burst_log2);
  starts_only_when_idle :
  assert property (@(posedge clk) disable iff (!rst_n) start |-> !obs_status[0]);
  busy_until_finished :
  assert property (@(posedge clk) disable iff (!rst_n)
      obs_status[0] && !finished |=> obs_status[0]);
  finished_is_told :
  assert property (@(posedge clk) disable iff (!rst_n)
      finished |=> !obs_status[0] && obs_status[2:1] != 2'b00);
  interrupt_has_a_reason :
  assert property (@(posedge clk) disable iff (!rst_n) irq |-> obs_status[2:1] != 2'b00);

  // What the slave promises; the channel counts on it.
  last_beat_of_a_read :
  assert property (@(posedge clk) disable iff (!rst_n)
      m_axi_rvalid && m_axi_rready |-> m_axi_rlast == (read_left_q == '0));

  logic unused;
  assign unused = &{1'b0, m_axi_bvalid, m_axi_araddr[31:12], m_axi_araddr[3:0],
                    m_axi_awaddr[31:12], m_axi_awaddr[3:0]};
endmodule

bind leyden_dma_channel leyden_dma_checks checks (.*);
