@echo off
rem The command line of the installed app, without a window.
"%~dp0..\..\Gatehouse.exe" --cli -- %*
