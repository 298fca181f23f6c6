module bulla.test/supervisor

go 1.26.0
