// The row registers: a shift register that the feeder fills with the next position's window, byte n
// for word line n, and a holding register that drives the word lines while the array works.
module leyden_cim_rows #(
    parameter int unsigned ROWS = 1152  // word lines, a multiple of 16
) (
    input logic clk,
    input logic rst_n,

    input logic         clear,   // a job begins: lines without an element stay 0
    input logic         write,   // takes a beat over
    input logic         shift,   // first move all bytes down
    input logic [ 23:0] by,      // by so many
    input logic [ 15:0] row,     // word line of the beat's first byte
    input logic [  4:0] bytes,   // 1 to 16
    input logic [127:0] data,
    input logic         launch,  // hands the window over, the present beat included

    output logic [8*ROWS-1:0] lines
);
  localparam int unsigned WORDS = ROWS / 16;
  localparam int unsigned BITS = $clog2(ROWS);

  // 1. The beat on the lanes where its bytes belong, and the words that it touches.
  logic [3:0] place;
  logic [15:0] here, rotated;
  logic [31:0] spread;
  logic [127:0] lanes;
  logic [11:0] word;
  assign place   = row[3:0];
  assign word    = row[15:4];
  assign here    = bytes[4] ? 16'hffff : (16'd1 << bytes[3:0]) - 16'd1;
  assign spread  = {16'd0, here} << place;
  assign rotated = spread[15:0] | spread[31:16];
  assign lanes   = data << {place, 3'b000} | data >> (8'd128 - {1'b0, place, 3'b000});

  // 2. Shift, then write.
  // The registers are that wide.
  // verilator lint_off WIDTHCONCAT
  logic [8*ROWS-1:0] rows_q, lines_q;
  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      rows_q  <= '0;
      lines_q <= '0;
    end else begin
      if (clear) rows_q <= '0;
      if (write) begin : take
        logic [8*ROWS-1:0] next;
        next = rows_q;
        if (shift) next = rows_q >> {by[BITS-1:0], 3'b000};
        for (int w = 0; w < WORDS; w++) begin
          if (word == 12'(w) || word + 12'd1 == 12'(w)) begin
            for (int l = 0; l < 16; l++) begin
              // Lanes below the first byte's belong to the next word.
              if (rotated[l] && (4'(l) >= place) == (word == 12'(w))) begin
                next[128*w+8*l+:8] = lanes[8*l+:8];
              end
            end
          end
        end
        rows_q <= next;
        if (launch) lines_q <= next;
      end else if (launch) begin
        lines_q <= rows_q;
      end
    end
  end
  // verilator lint_on WIDTHCONCAT
  assign lines = lines_q;

`ifndef SYNTHESIS
  assert property (@(posedge clk) disable iff (!rst_n) write |-> bytes >= 5'd1 && bytes <= 5'd16)
  else $error("a beat has no bytes, or too many");
  assert property (@(posedge clk) disable iff (!rst_n)
                   write |-> {1'b0, row} + {12'd0, bytes} <= 17'(ROWS))
  else $error("a beat goes beyond the last word line");
  assert property (@(posedge clk) disable iff (!rst_n) write && shift |-> by < 24'(ROWS))
  else $error("a shift is longer than the register");
`endif
endmodule
