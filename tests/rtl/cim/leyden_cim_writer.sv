// Writes a position's results: a stream of 16-byte beats from the macro, dense, to the position's
// address in LMEM.
module leyden_cim_writer (
    input logic clk,
    input logic rst_n,

    input logic        clear,         // a job begins
    input logic [31:0] address,       // of the first position
    input logic [15:0] stride,        // bytes from a position to the next
    input logic [17:0] result_bytes,
    input logic [31:0] positions,

    input  logic         load,        // results of the next position are there from the next cycle on
    output logic         free,        // nothing is left by the end of this cycle
    output logic         done,        // the job's last beat is written in this cycle
    input  logic [127:0] mac_res_data,
    output logic         mac_res_take,  // the next beat, please

    output logic         lmem_w_req,
    output logic [ 31:0] lmem_w_addr,
    output logic [127:0] lmem_w_data,
    output logic [ 15:0] lmem_w_strb,
    input  logic         lmem_w_gnt
);
  logic busy_q;
  logic [31:0] next_q, addr_q, left_q;
  logic [17:0] bytes_q;

  logic last_beat;
  assign last_beat    = bytes_q <= 18'd16;
  assign lmem_w_req   = busy_q;
  assign lmem_w_addr  = addr_q;
  assign lmem_w_data  = mac_res_data;
  assign lmem_w_strb  = bytes_q >= 18'd16 ? 16'hffff : (16'd1 << bytes_q[3:0]) - 16'd1;
  assign mac_res_take = busy_q && lmem_w_gnt;
  assign free         = !busy_q || mac_res_take && last_beat;
  assign done         = mac_res_take && last_beat && left_q == '0;

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      busy_q  <= 1'b0;
      next_q  <= '0;
      addr_q  <= '0;
      left_q  <= '0;
      bytes_q <= '0;
    end else begin
      if (clear) begin
        next_q <= address;
        left_q <= positions;
      end
      if (mac_res_take) begin
        addr_q  <= addr_q + 32'd16;
        bytes_q <= bytes_q - 18'd16;
        if (last_beat) busy_q <= 1'b0;
      end
      if (load) begin
        busy_q  <= 1'b1;
        addr_q  <= next_q;
        next_q  <= next_q + {16'd0, stride};
        bytes_q <= result_bytes;
        left_q  <= left_q - 32'd1;
      end
    end
  end

`ifndef SYNTHESIS
  assert property (@(posedge clk) disable iff (!rst_n) load |-> free && left_q != '0)
  else $error("results come that the writer cannot take");
  assert property (@(posedge clk) disable iff (!rst_n)
                   lmem_w_req && !lmem_w_gnt |=> lmem_w_req && $stable(lmem_w_addr) &&
                   $stable(lmem_w_strb))
  else $error("a write of LMEM changes before it is granted");
`endif
endmodule
