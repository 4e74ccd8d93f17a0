// Writes `bytes` bytes (1 to 4096) from the buffer to `address` on as AXI4 bursts of 16-byte beats,
// none over a 4 KiB boundary, one after the other. `source_offset` is the lane of the first byte in
// the buffer's line 0. The first beat follows the address by a cycle at the earliest. `done` is high
// in the cycle of the last response; a burst that fails ends the write.
module leyden_dma_write (
    input logic clk,
    input logic rst_n,

    input  logic        start,          // for one cycle, while not busy
    input  logic [31:0] address,
    input  logic [12:0] bytes,
    input  logic [ 3:0] source_offset,
    output logic        done,
    output logic        error,

    output logic         line_read,   // line_data holds the line from the next cycle on
    output logic [  7:0] line_index,
    input  logic [127:0] line_data,

    output logic [ 31:0] m_axi_awaddr,
    output logic [  7:0] m_axi_awlen,
    output logic         m_axi_awvalid,
    input  logic         m_axi_awready,
    output logic [127:0] m_axi_wdata,
    output logic [ 15:0] m_axi_wstrb,
    output logic         m_axi_wlast,
    output logic         m_axi_wvalid,
    input  logic         m_axi_wready,
    input  logic [  1:0] m_axi_bresp,
    input  logic         m_axi_bvalid,
    output logic         m_axi_bready
);
  logic [ 31:0] address_q;
  logic [ 12:0] left_q;    // bytes from address_q on
  logic         asking_q;  // an address is offered
  logic         filling_q; // lines are taken from the buffer
  logic         valid_q;   // a beat is offered
  logic         answer_q;  // a response is awaited
  logic         first_q;   // the beat offered is the first of all
  logic [  7:0] beats_q;   // of the burst that follow the beat under way
  logic [  7:0] index_q;
  logic [  3:0] rotate_q;
  logic         alone_q;   // all bytes come from one line

  // The burst: up to the boundary.
  logic [12:0] room, chunk, span;
  assign room  = 13'd4096 - {1'b0, address_q[11:0]};
  assign chunk = left_q < room ? left_q : room;
  assign span  = {9'd0, address_q[3:0]} + chunk - 13'd1;

  assign m_axi_awaddr  = address_q;
  assign m_axi_awlen   = span[11:4];
  assign m_axi_awvalid = asking_q;

  // Lanes before the first byte and after the last carry nothing.
  logic [15:0] from_first, to_last;
  assign from_first   = first_q ? 16'hffff << address_q[3:0] : 16'hffff;
  assign to_last      = m_axi_wlast && chunk == left_q ? 16'hffff >> ~span[3:0] : 16'hffff;
  assign m_axi_wstrb  = from_first & to_last;
  assign m_axi_wlast  = beats_q == 8'd0;
  assign m_axi_wvalid = valid_q;
  assign m_axi_bready = answer_q;

  leyden_dma_align align (
      .clk   (clk),
      .step  (line_read),
      .line  (line_data),
      .rotate(rotate_q),
      .alone (alone_q),
      .moved (m_axi_wdata)
  );

  // A destination that begins in a lower lane than the source needs two source lines for its first
  // line; the first of them is read ahead. One that fits into one source line needs no second: the
  // lanes turn within it.
  logic [4:0] last_lane;
  logic       one_line, lower, ahead;
  assign last_lane = {1'b0, source_offset} + bytes[4:0] - 5'd1;
  assign one_line  = bytes <= 13'd16 && !last_lane[4];
  assign lower     = address[3:0] < source_offset;
  assign ahead     = lower && !one_line;

  logic sent, next_line;
  assign sent       = valid_q && m_axi_wready;
  assign next_line  = filling_q && (!valid_q || m_axi_wready);
  assign line_read  = next_line || (start && ahead);
  assign line_index = start ? 8'd0 : index_q;

  logic answered;
  assign answered = answer_q && m_axi_bvalid;
  assign error    = m_axi_bresp[1];
  assign done     = answered && (error || chunk == left_q);

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      address_q <= '0;
      left_q    <= '0;
      asking_q  <= 1'b0;
      filling_q <= 1'b0;
      valid_q   <= 1'b0;
      answer_q  <= 1'b0;
      first_q   <= 1'b0;
      beats_q   <= '0;
      index_q   <= '0;
      rotate_q  <= '0;
      alone_q   <= 1'b0;
    end else begin
      if (asking_q && m_axi_awready) asking_q <= 1'b0;
      if (next_line) begin
        valid_q <= 1'b1;
        index_q <= index_q + 8'd1;
        if (!valid_q) beats_q <= m_axi_awlen;
        else beats_q <= beats_q - 8'd1;
        // The last line of the burst is being taken.
        if (valid_q ? beats_q == 8'd1 : m_axi_awlen == 8'd0) filling_q <= 1'b0;
      end else if (sent) begin
        valid_q  <= 1'b0;
        answer_q <= 1'b1;
      end
      if (sent) first_q <= 1'b0;
      if (answered) begin
        answer_q <= 1'b0;
        if (!done) begin
          address_q <= address_q + {19'd0, chunk};
          left_q    <= left_q - chunk;
          asking_q  <= 1'b1;
          filling_q <= 1'b1;
        end
      end
      if (start) begin
        address_q <= address;
        left_q    <= bytes;
        asking_q  <= 1'b1;
        filling_q <= 1'b1;
        first_q   <= 1'b1;
        index_q   <= {7'd0, ahead};
        rotate_q  <= address[3:0] - source_offset;
        alone_q   <= lower && one_line;
      end
    end
  end

  logic unused;
  assign unused = &{1'b0, m_axi_bresp[0], span[12], last_lane[3:0]};
endmodule
