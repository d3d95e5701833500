nomad alloc logs <allocation_id> <task_name>
