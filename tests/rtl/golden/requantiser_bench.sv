// Test bench of the requantiser: random constrained items in, with random pauses on both sides, and
// a scoreboard that asks the golden library. +items=N, +seed=N. Ends with status 0 when all is as
// expected and the sentence of the scoreboard, else with $fatal.
module requantiser_bench;
  import leyden_golden_pkg::*;

  logic clk = 0;
  logic rst_n = 0;
  logic in_valid = 0;
  logic in_ready;
  logic signed [31:0] in_value = 0;
  logic signed [31:0] in_multiplier = 0;
  logic signed [31:0] in_offset = 0;
  logic [4:0] in_shift = 0;
  logic [7:0] in_low = 0;
  logic [7:0] in_high = 0;
  logic out_valid;
  logic out_ready = 0;
  logic [7:0] out_code;

  requantiser device (.*);

  always #5ns clk = !clk;

  int unsigned seed;
  int unsigned items;
  int unsigned cycles = 0;
  Scoreboard board;
  byte unsigned expected[$];  // of the items that are in the device

  // Random numbers of the bench's own: the same in every simulator (xorshift, 32 bits).
  int unsigned state = 1;
  function automatic int unsigned draw();
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
  endfunction
  function automatic int unsigned below(input int unsigned limit);
    return draw() % limit;
  endfunction

  // An item: sums as partial sums have them, factors that bring most of them into 0 to 255, some
  // exact ties, some ends of the range.
  task automatic new_item();
    int unsigned top;
    in_shift <= 5'(below(32));
    in_value <= signed'(draw()) >>> below(31);
    in_multiplier <= signed'(draw()) >>> below(31);
    in_offset <= signed'(draw()) >>> below(31);
    top = below(256);
    in_high <= 8'(top);
    in_low <= 8'(below(top + 1));
    case (below(8))
      0: begin  // a tie: an odd multiple of half an LSB
        automatic int unsigned shift = 1 + below(20);
        in_shift <= 5'(shift);
        in_multiplier <= 1 << (shift - 1);
        in_value <= signed'(2 * below(300) + 1) - 100;
        in_offset <= 0;
        in_low <= 0;
        in_high <= 255;
      end
      1: in_value <= below(2) == 0 ? 32'sh8000_0000 : 32'sh7fff_ffff;
      2: in_multiplier <= below(2) == 0 ? 32'sh8000_0000 : 32'sh7fff_ffff;
      3: in_shift <= 0;
      default: ;
    endcase
  endtask

  // The driver: a new item unless one waits; sometimes none.
  always @(posedge clk) begin
    cycles <= cycles + 1;
    rst_n  <= cycles > 3;
    out_ready <= below(4) != 0;
    if (rst_n && (!in_valid || in_ready)) begin
      in_valid <= below(4) != 0;
      new_item();
    end
  end

  // What went in at this edge is expected to come out.
  always @(posedge clk) begin
    if (rst_n && in_valid && in_ready) begin
      byte unsigned code;
      void'(board.called(leyden_requantise(in_value, in_multiplier, in_offset, 32'(in_shift),
                                           32'(in_low), 32'(in_high), code)));
      expected.push_back(code);
    end
  end

  always @(posedge clk) begin
    if (rst_n && out_valid && out_ready) begin
      if (expected.size() == 0) $fatal(1, "requantiser: a code came out that nothing went in for.");
      void'(board.compare(board.compared, 64'(expected.pop_front()), 64'(out_code)));
    end
  end

  initial begin
    int status;
    seed = 1;
    items = 10000;
    void'($value$plusargs("seed=%d", seed));
    void'($value$plusargs("items=%d", items));
    state = seed * 2 + 1;
    board = new("requantiser");
    status = leyden_golden_check(VERSION);
    if (status != LEYDEN_OK) $fatal(1, "%s", why(status));

    while (board.compared < 64'(items)) @(posedge clk);
    $display("%s", board.sentence());
    if (!board.good()) $fatal(1, "The device differs from its golden model.");
    $finish;
  end
endmodule
