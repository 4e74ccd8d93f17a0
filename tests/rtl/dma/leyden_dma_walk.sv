// Where the transfer is: source, destination, bytes left of the row, rows left, and from them the
// next burst. Addresses are modulo 2^32. A job is prepared in one step, in which the strides become
// gaps between the end of a row and the next one. Dense rows become one row; its length is rows x
// row bytes by 8 bits of `rows` a step, so that more than 255 dense rows take more steps.
module leyden_dma_walk (
    input logic clk,
    input logic rst_n,
    input logic [3:0] cfg_burst_log2,

    input logic        load_registers,      // the job in the registers
    input logic [31:0] source,
    input logic [31:0] destination,
    input logic [31:0] row_bytes,
    input logic [31:0] rows,
    input logic [31:0] source_stride,
    input logic [31:0] destination_stride,

    input logic       load_beat,        // a beat of a descriptor
    input logic [1:0] beat,             // which one
    input logic [1:0] first_word,       // lane of the descriptor's first word in beat 0
    input logic [127:0] beat_data,

    input  logic prepare,    // a step of preparation
    output logic prepared,   // with prepare: the last one
    output logic empty,      // no rows, or none with bytes

    input  logic advance,    // the burst is done
    output logic last,       // it was the last of the job

    output logic [31:0] burst_source,
    output logic [31:0] burst_destination,
    output logic [12:0] burst_bytes,
    output logic [31:0] next,               // word NEXT of the descriptor
    output logic [63:0] left
);
  logic [31:0] source_q, destination_q, row_bytes_q, rows_q;
  logic [31:0] source_gap_q, destination_gap_q, next_q;  // strides until prepared
  logic [63:0] left_q;
  logic [ 1:0] digit_q;
  logic        multiplying_q;

  // A descriptor's words, turned to the lanes they have in one that begins a line.
  logic [127:0] words;
  always_comb begin
    case (first_word)
      2'd0: words = beat_data;
      2'd1: words = {beat_data[31:0], beat_data[127:32]};
      2'd2: words = {beat_data[63:0], beat_data[127:64]};
      default: words = {beat_data[95:0], beat_data[127:96]};
    endcase
  end
  // Word w comes with beat (first_word + w) / 4.
  logic [6:0] word_now;
  always_comb begin
    for (int unsigned w = 0; w < 7; w = w + 1) begin
      word_now[w] = load_beat && {1'b0, beat, 2'b00} <= {3'b000, first_word} + w[4:0] &&
                    {3'b000, first_word} + w[4:0] < {1'b0, beat, 2'b00} + 5'd4;
    end
  end

  logic dense;
  assign dense = source_gap_q == row_bytes_q && destination_gap_q == row_bytes_q;
  assign empty = row_bytes_q == '0 || rows_q == '0;

  // Product by Horner's rule, from the highest digit of base 256 that is not 0.
  logic [1:0] digit;
  logic [7:0] factor;
  logic [63:0] product;
  always_comb begin
    if (multiplying_q) digit = digit_q;
    else if (rows_q[31:24] != '0) digit = 2'd3;
    else if (rows_q[23:16] != '0) digit = 2'd2;
    else if (rows_q[15:8] != '0) digit = 2'd1;
    else digit = 2'd0;
  end
  assign factor   = rows_q[8*digit+:8];
  assign product  = (multiplying_q ? left_q << 8 : 64'd0) + {24'd0, {8'd0, row_bytes_q} * {32'd0, factor}};
  assign prepared = !dense || digit == 2'd0;

  // The next burst ends at a multiple of the burst length of the source.
  logic [12:0] burst, room, bytes;
  assign burst = 13'd1 << cfg_burst_log2;
  assign room  = burst - ({1'b0, source_q[11:0]} & (burst - 13'd1));
  assign bytes = left_q < {51'd0, room} ? left_q[12:0] : room;

  logic row_end;
  assign row_end = left_q == {51'd0, bytes};
  assign last    = row_end && rows_q == 32'd1;

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      source_q          <= '0;
      destination_q     <= '0;
      row_bytes_q       <= '0;
      rows_q            <= '0;
      source_gap_q      <= '0;
      destination_gap_q <= '0;
      next_q            <= '0;
      left_q            <= '0;
      digit_q           <= '0;
      multiplying_q     <= 1'b0;
    end else begin
      if (load_registers) begin
        source_q          <= source;
        destination_q     <= destination;
        row_bytes_q       <= row_bytes;
        rows_q            <= rows;
        source_gap_q      <= source_stride;
        destination_gap_q <= destination_stride;
        next_q            <= '0;
      end
      if (word_now[0]) source_q <= words[31:0];
      if (word_now[1]) destination_q <= words[63:32];
      if (word_now[2]) row_bytes_q <= words[95:64];
      if (word_now[3]) rows_q <= words[127:96];
      if (word_now[4]) source_gap_q <= words[31:0];
      if (word_now[5]) destination_gap_q <= words[63:32];
      if (word_now[6]) next_q <= words[95:64];
      if (prepare) begin
        left_q        <= dense ? product : {32'd0, row_bytes_q};
        digit_q       <= digit - 2'd1;
        multiplying_q <= !prepared;
        if (prepared) begin
          source_gap_q      <= source_gap_q - row_bytes_q;
          destination_gap_q <= destination_gap_q - row_bytes_q;
          if (dense) rows_q <= 32'd1;
        end
      end
      if (advance) begin
        source_q      <= source_q + {19'd0, bytes} + (row_end ? source_gap_q : 32'd0);
        destination_q <= destination_q + {19'd0, bytes} + (row_end ? destination_gap_q : 32'd0);
        left_q        <= row_end ? {32'd0, row_bytes_q} : left_q - {51'd0, bytes};
        if (row_end) rows_q <= rows_q - 32'd1;
      end
    end
  end

  assign burst_source      = source_q;
  assign burst_destination = destination_q;
  assign burst_bytes       = bytes;
  assign next              = next_q;
  assign left              = left_q;
endmodule
