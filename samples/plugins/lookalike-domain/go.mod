module switchboard.example/lookalike-domain

go 1.24
