// Requantiser: code = clamp((value * multiplier + offset + half) >> shift) to low to high, with
// half = 2^(shift - 1), 0 for shift 0. Three stages, one item a cycle, back-pressure by ready.
//
// The macros PLANT_* put an error in, for the test bench to find.
module requantiser (
    input logic clk,
    input logic rst_n,

    input  logic               in_valid,
    output logic               in_ready,
    input  logic signed [31:0] in_value,
    input  logic signed [31:0] in_multiplier,
    input  logic signed [31:0] in_offset,
    input  logic        [ 4:0] in_shift,
    input  logic        [ 7:0] in_low,
    input  logic        [ 7:0] in_high,

    output logic       out_valid,
    input  logic       out_ready,
    output logic [7:0] out_code
);
  // All stages move together, unless the last one waits.
  logic move;
  assign move     = !out_valid || out_ready;
  assign in_ready = move;

  // 1. Product, and what is added to it.
  logic               product_valid;
  logic signed [63:0] product;
  logic signed [32:0] addend;
  logic        [ 4:0] product_shift;
  logic [7:0] product_low, product_high;

  logic signed [32:0] half;
`ifdef PLANT_ROUNDING
  assign half = (in_shift == 0) ? 33'sd0 : (33'sd1 <<< (in_shift - 5'd1)) - 33'sd1;
`else
  assign half = (in_shift == 0) ? 33'sd0 : 33'sd1 <<< (in_shift - 5'd1);
`endif

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      product_valid <= 1'b0;
    end else if (move) begin
      product_valid <= in_valid;
    end
  end
  always_ff @(posedge clk) begin
    if (move) begin
      product       <= in_value * in_multiplier;
      addend        <= 33'(in_offset) + half;
      product_shift <= in_shift;
      product_low   <= in_low;
      product_high  <= in_high;
    end
  end

  // 2. Sum, shifted.
  logic               sum_valid;
  logic signed [64:0] sum;
  logic [7:0] sum_low, sum_high;

  logic signed [64:0] whole;
  assign whole = 65'(product) + 65'(addend);

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      sum_valid <= 1'b0;
    end else if (move) begin
      sum_valid <= product_valid;
    end
  end
  always_ff @(posedge clk) begin
    if (move) begin
`ifdef PLANT_SHIFT
      sum <= whole >> product_shift;
`else
      sum <= whole >>> product_shift;
`endif
      sum_low  <= product_low;
      sum_high <= product_high;
    end
  end

  // 3. Clamp.
  logic [7:0] code;
  always_comb begin
    if (sum < 65'(signed'({1'b0, sum_low}))) begin
      code = sum_low;
`ifdef PLANT_CLAMP
    end else if (sum > 65'sd255) begin
`else
    end else if (sum > 65'(signed'({1'b0, sum_high}))) begin
`endif
      code = sum_high;
    end else begin
      code = sum[7:0];
    end
  end

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      out_valid <= 1'b0;
    end else if (move) begin
      out_valid <= sum_valid;
    end
  end
  always_ff @(posedge clk) begin
    if (move) out_code <= code;
  end
endmodule
