variable "image" {
  default = "python:3.12"
}

variable "code_url" {
  type = string
}

variable "s3_endpoint" {
  type = string
}

job "sales-close-prediction" {
  type = "batch"
  parameterized {
    payload       = "forbidden"
    meta_required = ["save_path", "data_path", "prediction_path", "data_url", "bucket", "model_version"]
    meta_optional = ["batch_size", "epochs"]
  }

  group "trainAndSaveModel" {
    count = 2

    volume "models" {
      type   = "host"
      source = "models"
    }

    # Pulls the data (an artifact), transforms it, builds, trains and tests the model.
    task "train" {
      driver = "docker"
      lifecycle {
        hook    = "prestart"
        sidecar = false
      }
      artifact {
        source      = var.code_url
        destination = "local/train.py"
        mode        = "file"
      }
      artifact {
        source      = "${NOMAD_META_data_url}"
        destination = "local/${NOMAD_META_data_path}"
        mode        = "file"
      }
      volume_mount {
        volume      = "models"
        destination = "/usr/src/app/models"
      }
      env {
        VERSION         = "${NOMAD_META_model_version}_${NOMAD_ALLOC_ID}"
        SAVE_PATH       = "${NOMAD_META_save_path}"
        DATA_PATH       = "${NOMAD_META_data_path}"
        PREDICTION_PATH = "${NOMAD_META_prediction_path}"
      }
      config {
        image    = var.image
        command  = "python3"
        args     = ["train.py"]
        work_dir = "/local"
      }
      resources {
        cpu    = 100
        memory = 64
      }
    }

    # Stores the model under a name that no other allocation has.
    task "storeModel" {
      leader = true
      driver = "exec"
      volume_mount {
        volume      = "models"
        destination = "/models"
      }
      # The credentials come from a Nomad variable: meta is there for everybody to read.
      template {
        data        = <<-EOT
          {{ with nomadVar "nomad/jobs/sales-close-prediction" }}
          AWS_ACCESS_KEY_ID={{ .access_key }}
          AWS_SECRET_ACCESS_KEY={{ .secret_key }}
          {{ end }}
        EOT
        destination = "secrets/s3.env"
        env         = true
      }
      env {
        TARGET_DIR         = "${NOMAD_META_save_path}_v${NOMAD_META_model_version}_${NOMAD_ALLOC_ID}"
        BUCKET             = "${NOMAD_META_bucket}"
        AWS_ENDPOINT_URL   = var.s3_endpoint
        AWS_DEFAULT_REGION = "us-east-1"
      }
      config {
        command = "python3"
        args = ["-c", <<-EOT
          import boto3, os
          target = os.environ["TARGET_DIR"]
          boto3.client("s3").upload_file(f"/models/{target}/model.json", os.environ["BUCKET"], f"{target}.json")
        EOT
        ]
      }
      resources {
        cpu    = 100
        memory = 128
      }
    }
  }
}
