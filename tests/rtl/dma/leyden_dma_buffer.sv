// One burst, in lines of 16 bytes as they lay in the source: one write port, one read port with a
// registered output, as a compiled memory has it. Never cleared: no line is read before it was
// written, but for lanes that no strobe names.
module leyden_dma_buffer #(
    parameter int unsigned LINES = 16,
    parameter int unsigned INDEX_BITS = 8
) (
    input  logic                  clk,
    input  logic                  write,
    input  logic [INDEX_BITS-1:0] write_line,
    input  logic [         127:0] write_data,
    input  logic                  read,
    input  logic [INDEX_BITS-1:0] read_line,
    output logic [         127:0] read_data
);
  localparam int unsigned BITS = LINES > 1 ? $clog2(LINES) : 1;

  logic [127:0] lines[LINES];

  always_ff @(posedge clk) begin
    if (write) lines[write_line[BITS-1:0]] <= write_data;
    if (read) read_data <= lines[read_line[BITS-1:0]];
  end

  logic unused;
  assign unused = &{1'b0, write_line, read_line};
endmodule
