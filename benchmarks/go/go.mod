module forebay/benchmarks

go 1.19
