job "etl-pipeline" {
type = "batch"
datacenters = ["dc1"]
parameterized {
payload = "forbidden"
meta_required = ["date", "source"]
}
group "processor" {
task "transform" {
driver = "docker"
config {
image = "ghcr.io/myorg/etl:latest"
command = "python"
args = ["-m", "etl.run", "--date", "${NOMAD_META_date}", "--source", "${NOMAD_META_source}"]
}
resources {
cpu = 2000
memory = 1024
}
}
}
}
