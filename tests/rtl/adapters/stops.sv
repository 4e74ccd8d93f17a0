// A block whose assertion fails when it is poked: what its author finds wrong must end the run as
// any other error of a model.
module stops (
    input logic clk,
    input logic rst_n,
    input logic poke
);
  assert property (@(posedge clk) disable iff (!rst_n) !poke);
endmodule
