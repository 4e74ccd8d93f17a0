// Leads positions through the macro. Array and converter work in phases that begin with a pulse
// (from the next cycle on) and end in the cycle in which the macro says done; of a position that
// takes several, mac_last tells the last. Then results move to the writer, as soon as that one has
// written those before. A position that takes no phase (no input is set) has mac_skip at once.
module leyden_cim_sequencer (
    input logic clk,
    input logic rst_n,

    input logic        clear,      // a job begins
    input logic [31:0] positions,
    input logic        pipelined,  // the array goes on while a position is converted

    input  logic row_ready,  // a window is complete, by the end of this cycle
    output logic launch,     // takes it

    output logic mac_array_start,
    input  logic mac_array_done,
    input  logic mac_last,         // with mac_array_done
    input  logic mac_skip,         // with mac_array_done
    output logic mac_conv_start,
    input  logic mac_conv_done,

    input  logic writer_free,  // by the end of this cycle
    output logic res_load      // a position's results move to the writer
);
  typedef enum logic [1:0] {
    IDLE,
    RUN,
    HELD
  } state_t;

  state_t array_q, conv_q;
  logic last_q, skip_q, conv_last_q;
  logic [31:0] left_q;

  logic array_end, last, skip, again, skip_end, results, conv_free, to_conv, more;
  assign array_end = array_q == RUN && mac_array_done || array_q == HELD;
  assign last = array_q == HELD ? last_q : mac_last;
  assign skip = array_q == HELD ? skip_q : mac_skip;
  assign more = left_q != '0;

  // 1. The converter: between phases of a position, done with one, or with none.
  assign again = conv_q == RUN && mac_conv_done && !conv_last_q;
  assign skip_end = array_end && skip && conv_q == IDLE;
  assign results = conv_q == RUN && mac_conv_done && conv_last_q || conv_q == HELD || skip_end;
  assign res_load = results && writer_free;
  assign conv_free = conv_q == IDLE || res_load;

  // 2. The array: what it has moves to the converter.
  assign to_conv = array_end && conv_free;
  assign mac_conv_start = to_conv && !skip;
  assign launch = row_ready && more &&
                  (pipelined ? array_q == IDLE || to_conv
                             : array_q == IDLE && conv_free || skip_end && res_load);
  assign mac_array_start = launch || again;

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      array_q <= IDLE;
      conv_q <= IDLE;
      last_q <= 1'b0;
      skip_q <= 1'b0;
      conv_last_q <= 1'b0;
      left_q <= '0;
    end else begin
      if (clear) left_q <= positions;
      else if (launch) left_q <= left_q - 32'd1;
      if (mac_array_start) array_q <= RUN;
      else if (to_conv) array_q <= IDLE;
      else if (array_end) array_q <= HELD;
      if (array_q == RUN && mac_array_done) begin
        last_q <= mac_last;
        skip_q <= mac_skip;
      end
      if (mac_conv_start) begin
        conv_q <= RUN;
        conv_last_q <= last;
      end else if (res_load || again) begin
        conv_q <= IDLE;
        if (to_conv && !skip_end) conv_q <= HELD;  // the next position has no phase
      end else if (results) begin
        conv_q <= HELD;
      end
    end
  end

`ifndef SYNTHESIS
  assert property (@(posedge clk) disable iff (!rst_n) mac_array_done |-> array_q == RUN)
  else $error("the macro ends a phase of the array that was not begun");
  assert property (@(posedge clk) disable iff (!rst_n) mac_conv_done |-> conv_q == RUN)
  else $error("the macro ends a conversion that was not begun");
  assert property (@(posedge clk) disable iff (!rst_n) again |-> array_q == IDLE)
  else $error("a phase begins while the array is at work");
  assert property (@(posedge clk) disable iff (!rst_n) clear |-> array_q == IDLE && conv_q == IDLE)
  else $error("a job begins before the last one has ended");
`endif
endmodule
