@echo off
rem Sets up everything, then runs: start.cmd demo, start.cmd tests, start.cmd COMMAND ...
powershell -NoProfile -ExecutionPolicy Bypass -File "%~dp0tools\start.ps1" %*
exit /b %ERRORLEVEL%
