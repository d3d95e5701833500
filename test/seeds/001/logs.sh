python your_flow.py logs your_run_id/step_name
