// Moves source lines, one a step, to the lanes of the destination. A line turned by
// (destination - source) mod 16 lanes has its first bytes in the upper lanes of one destination line
// and the rest in the lower lanes of the next: those are kept.
//
//   destination[l] = l >= rotate ? turned[l] : kept[l]
module leyden_dma_align (
    input  logic         clk,
    input  logic         step,    // keep what `line` holds; the next one comes
    input  logic [127:0] line,
    input  logic [  3:0] rotate,
    input  logic         alone,   // all bytes lie in this line: nothing is kept
    output logic [127:0] moved
);
  logic [127:0] turned, kept_q;
  logic [127:0] stage0, stage1, stage2;

  assign stage0 = rotate[0] ? {line[119:0], line[127:120]} : line;
  assign stage1 = rotate[1] ? {stage0[111:0], stage0[127:112]} : stage0;
  assign stage2 = rotate[2] ? {stage1[95:0], stage1[127:96]} : stage1;
  assign turned = rotate[3] ? {stage2[63:0], stage2[127:64]} : stage2;

  always_comb begin
    for (int unsigned l = 0; l < 16; l = l + 1) begin
      moved[8*l+:8] = (alone || l[3:0] >= rotate) ? turned[8*l+:8] : kept_q[8*l+:8];
    end
  end

  always_ff @(posedge clk) begin
    if (step) kept_q <= turned;
  end
endmodule
