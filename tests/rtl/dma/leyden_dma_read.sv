// Reads `bytes` bytes (1 to 4096) from `address` on as AXI4 bursts of 16-byte beats, none over a
// 4 KiB boundary, one after the other. Beats go to `line_*` in order, as they lie on the bus.
// `done` is high in the cycle of the last beat.
module leyden_dma_read (
    input logic clk,
    input logic rst_n,

    input  logic        start,    // for one cycle, while not busy
    input  logic [31:0] address,
    input  logic [12:0] bytes,
    output logic        done,
    output logic        error,    // with done: some beat had an error

    output logic         line_valid,
    output logic [  7:0] line_index,
    output logic [127:0] line_data,

    output logic [ 31:0] m_axi_araddr,
    output logic [  7:0] m_axi_arlen,
    output logic [ 12:0] m_axi_aruser,
    output logic         m_axi_arvalid,
    input  logic         m_axi_arready,
    input  logic [127:0] m_axi_rdata,
    input  logic [  1:0] m_axi_rresp,
    input  logic         m_axi_rlast,
    input  logic         m_axi_rvalid,
    output logic         m_axi_rready
);
  logic [31:0] address_q;
  logic [12:0] left_q;  // bytes from address_q on
  logic        asking_q, reading_q, error_q;
  logic [ 7:0] index_q;

  // The burst: up to the boundary.
  logic [12:0] room, chunk;
  logic [12:0] span;
  assign room  = 13'd4096 - {1'b0, address_q[11:0]};
  assign chunk = left_q < room ? left_q : room;
  assign span  = {9'd0, address_q[3:0]} + chunk - 13'd1;

  assign m_axi_araddr  = address_q;
  assign m_axi_arlen   = span[11:4];
  assign m_axi_aruser  = chunk;
  assign m_axi_arvalid = asking_q;
  assign m_axi_rready  = reading_q;

  logic beat, burst_end;
  assign beat       = reading_q && m_axi_rvalid;
  assign burst_end  = beat && m_axi_rlast;
  assign line_valid = beat;
  assign line_index = index_q;
  assign line_data  = m_axi_rdata;
  assign done       = burst_end && left_q == 13'd0;
  assign error      = error_q || m_axi_rresp[1];

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      address_q <= '0;
      left_q    <= '0;
      asking_q  <= 1'b0;
      reading_q <= 1'b0;
      error_q   <= 1'b0;
      index_q   <= '0;
    end else begin
      if (start) begin
        address_q <= address;
        left_q    <= bytes;
        asking_q  <= 1'b1;
        error_q   <= 1'b0;
        index_q   <= '0;
      end else if (asking_q && m_axi_arready) begin
        address_q <= address_q + {19'd0, chunk};
        left_q    <= left_q - chunk;
        asking_q  <= 1'b0;
        reading_q <= 1'b1;
      end
      if (beat) begin
        index_q <= index_q + 8'd1;
        error_q <= error;
      end
      if (burst_end) begin
        reading_q <= 1'b0;
        asking_q  <= left_q != 13'd0;
      end
    end
  end

  logic unused;
  assign unused = &{1'b0, m_axi_rresp[0], span[12], span[3:0]};
endmodule
